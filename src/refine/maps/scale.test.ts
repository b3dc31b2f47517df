import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { extremes, isFlat, scale } from './scale.ts';

test('scales the smallest value to 0 and the largest to 1', () => {
  expect(scale(tensor('float32', [2, 2], [-3, -1, 0, 1])).data).toEqual(new Float32Array([0, 0.5, 0.75, 1]));
});

test('a flat map becomes zeros', () => {
  const flat = tensor('float32', [1, 3], [-2, -2, -2]);
  expect(isFlat(flat)).toBe(true);
  expect(scale(flat).data).toEqual(new Float32Array(3));
});

test('rejects values further apart than float32 can hold', () => {
  const wide = tensor('float32', [1, 2], [-3e38, 3e38]);
  expect(() => scale(wide)).toThrow('scale: the span of the values exceeds float32');
});

test('finds the extremes, and NaN if a value is NaN', () => {
  expect(extremes(Float32Array.of(2, -1, 3))).toEqual({ min: -1, max: 3 });
  for (const place of [0, 1, 2]) {
    const values = Float32Array.of(1, 2, 3);
    values[place] = Number.NaN;
    expect(extremes(values)).toEqual({ min: Number.NaN, max: Number.NaN });
  }
});
