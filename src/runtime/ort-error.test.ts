import { expect, test } from 'vitest';
import { OutOfMemoryError } from '../errors/out-of-memory-error.ts';
import { ortError } from './ort-error.ts';

test('an error of ONNX Runtime, in one line', () => {
  const cause = new Error('Got invalid dimensions\nfor input: image');
  const error = ortError('ONNX Runtime failed', cause);
  expect(error).toMatchObject({ message: 'ONNX Runtime failed: Got invalid dimensions', cause });
  expect(error).not.toBeInstanceOf(OutOfMemoryError);
});

test('where it speaks of memory, the error has that class', () => {
  expect(ortError('It failed', new Error('std::bad_alloc'))).toEqual(
    new OutOfMemoryError('It failed: std::bad_alloc'),
  );
  expect(ortError('It failed', 'Aborted(OOM)')).toBeInstanceOf(OutOfMemoryError);
});
