import { expect, test } from 'vitest';
import { maskBox } from './mask-box.ts';
import { tensor } from './tensor.ts';

test('the box encloses all pixels that are 1', () => {
  expect(maskBox(tensor('uint8', [3, 4], [0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0]))).toEqual([1, 1, 4, 3]);
  expect(maskBox(tensor('uint8', [1, 2], [0, 1]))).toEqual([1, 0, 2, 1]);
  expect(maskBox(tensor('uint8', [2, 2]))).toBeUndefined();
});
