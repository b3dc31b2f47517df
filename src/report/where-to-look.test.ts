import { expect, test } from 'vitest';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { whereToLook } from './where-to-look.ts';

/** A map of 32 x 64 pixels with squares of one level. */
function mapWith(...squares: readonly (readonly [x: number, y: number, level: number])[]): Tensor<'uint8'> {
  const map = tensor('uint8', [32, 64]);
  for (const [x, y, level] of squares)
    for (let row = y; row < y + 6; row++) map.data.fill(level, row * 64 + x, row * 64 + x + 12);
  return map;
}

test('names the strongest place, not the mean of all', () => {
  expect(whereToLook(mapWith([2, 1, 255], [50, 25, 100]))).toBe('upper left, 13 % across and 13 % down');
});

test('names a second place that is nearly as strong', () => {
  expect(whereToLook(mapWith([2, 1, 200], [50, 25, 255]))).toBe(
    'lower right, 88 % across and 88 % down; also upper left, 13 % across and 13 % down',
  );
});

test('calls the middle the centre', () => {
  expect(whereToLook(mapWith([26, 13, 255]))).toBe('centre, 50 % across and 50 % down');
});

test('says that a flat map has no such place', () => {
  expect(whereToLook(mapWith())).toBe('nowhere: the map is flat');
});

test('reads a map smaller than its grid', () => {
  const map = tensor('uint8', [1, 3], Uint8Array.of(0, 0, 9));
  expect(whereToLook(map)).toMatch(/^\w+ right/);
});
