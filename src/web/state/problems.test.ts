import { expect, test } from 'vitest';
import { OutOfMemoryError } from '../../errors/out-of-memory-error.ts';
import { Problem, plainWords } from './problems.ts';

test('problems speak for themselves, others say what was being done', () => {
  expect(plainWords(new Problem('This is no picture.'), 'open a.txt')).toBe('This is no picture.');
  expect(plainWords(new Error('a rule: a value\nmore'), 'explain a.png')).toBe(
    'Could not explain a.png: a rule: a value',
  );
});

test.each([
  new RangeError('Array buffer allocation failed'),
  new WebAssembly.RuntimeError('WebAssembly.Memory.grow(): out of memory'),
  new OutOfMemoryError('ONNX Runtime failed on device cpu: std::bad_alloc'),
])('want of memory is called so: %s', (error) => {
  expect(plainWords(error, 'explain a.png')).toContain('not enough memory');
});
