import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { highest } from '../regions/highest.ts';
import { Ranks, select } from './ranks.ts';

const percentile = (values: number[], percent: number): number =>
  new Ranks(Float32Array.from(values)).percentile(percent);

test.each([
  [0, 1],
  [25, 1.75],
  [50, 2.5],
  [85, 3.55],
  [100, 4],
])('the %s th percentile of 1 to 4 is %s', (percent, value) => {
  expect(percentile([3, 1, 4, 2], percent)).toBeCloseTo(value, 12);
});

test('rejects an empty list and a value that is not a percentage', () => {
  expect(() => percentile([], 50)).toThrow('percentile: needs at least one value, got none');
  expect(() => percentile([1], 101)).toThrow('percentile: percent is in [0, 100], got 101');
  expect(() => percentile([1], Number.NaN)).toThrow('percentile: percent is in [0, 100], got NaN');
});

test('rejects values without a rank instead of searching for ever', () => {
  const holed = Float32Array.from([1, Number.NaN, 3]);
  expect(() => new Ranks(holed)).toThrow(
    'ranks: only finite values have ranks, these lie between NaN and NaN',
  );
  const map = tensor('float32', [1, 3], holed);
  expect(() => highest(map, 2)).toThrow('ranks: only finite values');
  expect(() => new Ranks(Float32Array.from([1, Number.POSITIVE_INFINITY]))).toThrow('between 1 and Infinity');
});

test('select finds the value of any rank, also among ties', () => {
  const values = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(values, fc.nat(), (list, seed) => {
      const k = seed % list.length;
      const array = Float32Array.from(list);
      expect(select(array, k)).toBe(list.sort((a, b) => a - b)[k]);
      expect(array.subarray(0, k).every((value) => value <= array[k])).toBe(true);
      expect(array.subarray(k).every((value) => value >= array[k])).toBe(true);
    }),
  );
});

test('ranks equal those of the sorted values for any distribution', () => {
  const value = fc.oneof(
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0, 1, 1e-45, 3e38, -3e38),
  );
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), fc.nat(), (list, seed) => {
      const values = Float32Array.from(list);
      const sorted = values.toSorted();
      const ranks = new Ranks(values);
      for (const k of [seed % list.length, (seed + 1) % list.length])
        expect(ranks.at(k) === sorted[k]).toBe(true);
      expect(values).toEqual(Float32Array.from(list));
    }),
  );
});

test('highest marks exactly the requested count; among ties the first in reading order', () => {
  const map = tensor('float32', [2, 3], [5, 1, 5, 7, 5, 0]);
  expect(Array.from(highest(map, 3).data)).toEqual([1, 0, 1, 1, 0, 0]);
  expect(Array.from(highest(map, 0).data)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(Array.from(highest(map, 6).data)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(() => highest(map, 7)).toThrow('highest: count is a whole number from 0 to 6, got 7');
});
