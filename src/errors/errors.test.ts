import { expect, test } from 'vitest';
import { packError, unpackError } from './across-threads.ts';
import { FileError, reasonOf } from './file-error.ts';
import { firstLine } from './first-line.ts';
import { ModelKindError } from './model-kind-error.ts';
import { foreignError, isOutOfMemory, OutOfMemoryError } from './out-of-memory-error.ts';

test('a file error names the file once, however often it is rethrown', () => {
  const cause = new Error('cut short');
  const error = FileError.from('a.onnx', cause);
  expect(error).toMatchObject({ message: 'a.onnx: cut short', path: 'a.onnx', reason: 'cut short', cause });
  expect(FileError.from('a.onnx', error)).toBe(error);
  expect([reasonOf(error), reasonOf(cause)]).toEqual(['cut short', 'cut short']);
});

test('reports a model of the other kind', () => {
  const error = new ModelKindError('a.onnx', 'full', 'half');
  expect(error).toBeInstanceOf(FileError);
  expect(error.message).toBe('a.onnx: a full model is needed, this is a half model');
});

test.each([
  new FileError('a.png', 'cut short', { cause: new Error('by the library') }),
  new ModelKindError('a.onnx', 'full', 'half'),
  new FileError('a', 'wrong', { cause: new FileError('b', 'missing') }),
  new OutOfMemoryError('no room'),
  new Error('plain'),
  new RangeError('too long'),
])('an error is unchanged after packing, cloning and unpacking: %s', (error) => {
  const found = unpackError(structuredClone(packError(error))) as Error;
  expect(found).toEqual(error);
  expect(Object.getPrototypeOf(found)).toBe(Object.getPrototypeOf(error));
  expect(found.stack).toBe(error.stack);
  expect(found.cause).toEqual(error.cause);
});

test('transfers values that are not errors', () => {
  expect(unpackError(structuredClone(packError('text')))).toBe('text');
  expect(unpackError(structuredClone(packError(undefined)))).toBeUndefined();
});

test('gives the first line of any thrown value', () => {
  expect(firstLine(new Error('a\nb'))).toBe('a');
  expect(firstLine('a\nb')).toBe('a');
  expect(firstLine(7)).toBe('7');
});

test.each([
  new RangeError('Array buffer allocation failed'),
  new WebAssembly.RuntimeError('memory access out of bounds'),
  new DOMException('Out of memory.', 'UnknownError'),
  'out of memory',
  foreignError('std::bad_alloc', 'ONNX Runtime failed: std::bad_alloc'),
  // A worker's error after transfer: with its name, but not its class.
  Object.assign(new Error('no room'), { name: new OutOfMemoryError('no room').name }),
])('recognises lack of memory: %s', (error) => {
  expect(isOutOfMemory(error)).toBe(true);
});

test.each([
  new TypeError('x is not a function'),
  foreignError('a shape is wrong', 'ONNX Runtime failed: a shape is wrong'),
  new FileError('room.onnx', 'not an ONNX model, or damaged'),
  new Error('weights of bloom.onnx cannot be allocated to classes'),
])('does not take other errors for lack of memory: %s', (error) => {
  expect(isOutOfMemory(error)).toBe(false);
});
