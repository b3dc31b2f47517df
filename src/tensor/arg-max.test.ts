import { expect, test } from 'vitest';
import { argMax } from './arg-max.ts';

test.each([
  [[1, 3, 2], 1],
  [[0.5, 0.5], 0],
  [[-2, -1], 1],
  [[1, Number.NaN], -1],
])('the largest value of %s is at index %s', (values, place) => {
  expect(argMax(values)).toBe(place);
  expect(argMax(Float32Array.from(values))).toBe(place);
});
