import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { enlargePixels, pictureSize, shrinkPixels, toRgb } from './resample.ts';

test('repeats pixels a whole number of times', () => {
  const picture = tensor('uint8', [1, 2, 3], [1, 2, 3, 4, 5, 6]);
  const large = enlargePixels(picture, 5);
  expect(large.shape).toEqual([2, 4, 3]);
  expect([...large.data.subarray(0, 12)]).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
  expect([...large.data.subarray(12)]).toEqual([...large.data.subarray(0, 12)]);
  expect(enlargePixels(picture, 3)).toBe(picture);
});

test('shrinking averages blocks, the last one of the remaining pixels', () => {
  const picture = tensor('uint8', [1, 5, 1], [0, 10, 20, 40, 7]);
  expect(shrinkPixels(picture, 2)).toEqual(tensor('uint8', [1, 3, 1], [5, 30, 7]));
  expect(shrinkPixels(picture, 3)).toBe(picture);
});

test('converts grey to RGB, rejects another number of channels', () => {
  expect([...toRgb(tensor('uint8', [1, 2, 1], [8, 9])).data]).toEqual([8, 8, 8, 9, 9, 9]);
  expect(() => pictureSize(tensor('uint8', [2, 2, 4]), 'overlay')).toThrow(
    'overlay: a picture must have shape [H, W, 3] or [H, W, 1], this one has [2,2,4]',
  );
});
