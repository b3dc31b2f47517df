import { expect, test } from 'vitest';
import { OutOfMemoryError } from '../../errors/out-of-memory-error.ts';
import { Problem, plainWords, withSentence } from './problems.ts';

test('complete messages are unchanged, others say what was being done', () => {
  expect(plainWords(new Problem('This is no picture.'), 'open a.txt')).toBe('This is no picture.');
  expect(plainWords(new Error('a rule: a value\nmore'), 'explain a.png')).toBe(
    'Could not explain a.png: a rule: a value',
  );
});

test('appends a second sentence', () => {
  const words = plainWords(new Error('not an ONNX model, or damaged'), 'open big.onnx');
  expect(withSentence(words, 'The previous model stays.')).toBe(
    'Could not open big.onnx: not an ONNX model, or damaged. The previous model stays.',
  );
  expect(withSentence('big.onnx is empty.', 'The previous model stays.')).toBe(
    'big.onnx is empty. The previous model stays.',
  );
});

test.each([
  new RangeError('Array buffer allocation failed'),
  new WebAssembly.RuntimeError('WebAssembly.Memory.grow(): out of memory'),
  new OutOfMemoryError('ONNX Runtime failed on device cpu: std::bad_alloc'),
])('recognises lack of memory: %s', (error) => {
  expect(plainWords(error, 'explain a.png')).toContain('not enough memory');
});
