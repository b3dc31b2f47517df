/** Expected values: Pillow 13, `Image.resize`. */
import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { resizeBilinear } from './resize-bilinear.ts';
import { resizeNearest } from './resize-nearest.ts';

test('bilinear, one axis larger and one the same', () => {
  const resized = resizeBilinear(tensor('float32', [2, 3], [1, 2, 7, 4, 0, 3]), 3, 4);
  expect(resized.shape).toEqual([3, 4]);
  expect(Array.from(resized.data)).toEqual([1, 1.625, 3.875, 7, 2.5, 1.5625, 2.5, 5, 4, 1.5, 1.125, 3]);
});

test('bilinear, smaller: every pixel contributes', () => {
  const map = tensor(
    'float32',
    [4, 6],
    Float32Array.from({ length: 24 }, (_, i) => i ** 1.5),
  );
  expect(resizeBilinear(map, 2, 2).data).toEqual(
    new Float32Array([16.067920684814453, 25.230125427246094, 59.7498779296875, 74.69635772705078]),
  );
});

test('bilinear: rounds grey levels', () => {
  const resized = resizeBilinear(tensor('uint8', [2, 2], [0, 200, 255, 33]), 3, 5);
  expect(Array.from(resized.data)).toEqual([
    0, 20, 100, 180, 200, 128, 127, 122, 118, 117, 255, 233, 144, 55, 33,
  ]);
});

test('bilinear: rejects an invalid size', () => {
  expect(() => resizeBilinear(tensor('float32', [1, 1], [1]), 0, 4)).toThrow(
    'resizeBilinear: height and width are whole numbers >= 1, got 0 x 4',
  );
});

test('nearest', () => {
  const resized = resizeNearest(tensor('uint8', [2, 4], [1, 0, 0, 1, 0, 0, 1, 0]), 3, 6);
  expect(Array.from(resized.data)).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0]);
});
