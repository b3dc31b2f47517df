import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { cutOut, filterPercentage, filterThreshold } from './filter.ts';
import { merge } from './merge.ts';

const blend = { mergeType: 'blend', mergeAlpha: 0.25 } as const;
const segment = tensor('uint8', [1, 4], [0, 1, 1, 0]);
const low = tensor('float32', [1, 4], [-1, 0, 1, 3]);

test('blend and multiply', () => {
  expect(Array.from(merge(segment, low, blend).data)).toEqual([0, 0.4375, 0.625, 0.75]);
  expect(Array.from(merge(segment, low, { mergeType: 'multiply', mergeAlpha: 0 }).data)).toEqual([
    0, 0.25, 0.5, 0,
  ]);
});

test('a blank partner leaves the other alone; a low-res map without a value above 0 is blank', () => {
  const none = tensor('uint8', [1, 4]);
  const negative = tensor('float32', [1, 4], [-1, -2, -3, 0]);
  expect(Array.from(merge(none, low, blend).data)).toEqual([0, 0.25, 0.5, 1]);
  expect(Array.from(merge(segment, negative, blend).data)).toEqual([0, 1, 1, 0]);
  expect(() => merge(none, negative, blend)).toThrow(
    'merge: the segment or the low-res map needs a value above 0, both are blank',
  );
});

test('the percentage filter keeps exactly the share asked for', () => {
  const map = tensor(
    'float32',
    [10, 20],
    Float32Array.from({ length: 200 }, (_, i) => (i * 73) % 200),
  );
  for (const [percentage, pixels] of [
    [15, 30],
    [0.01, 1],
    [100, 200],
    [33.3, 67],
  ]) {
    const kept = filterPercentage(map, percentage).data;
    expect(kept.reduce((n, v) => n + v, 0)).toBe(pixels);
    expect(kept.every((v, i) => v === Number(map.data[i] >= 200 - pixels))).toBe(true);
  }
  expect(() => filterPercentage(map, 0)).toThrow('filterPercentage: percentage is in (0, 100], got 0');
});

test('with levels, only whole levels are kept, unless one is a plateau', () => {
  const map = tensor(
    'float32',
    [1, 1000],
    Float32Array.from({ length: 1000 }, (_, i) => i),
  );
  const count = (perLevel: number, percentage: number): number => {
    const levels = Float64Array.from(map.data, (v) => Math.floor(v / perLevel));
    const kept = filterPercentage(map, percentage, tensor('float64', [1, 1000], levels));
    return kept.data.reduce((n, v) => n + v, 0);
  };
  expect(count(4, 15)).toBe(148); // 150 pixels end in the middle of a level of four
  expect(count(250, 15)).toBe(150); // the level of 250 would leave none
  expect(count(250, 90)).toBe(750); // the lowest level carries no evidence
  expect(count(250, 100)).toBe(1000);
});

test('the threshold filter scales to [0, 1] first', () => {
  expect(Array.from(filterThreshold(low, 0.5).data)).toEqual([0, 0, 0, 1]);
  expect(Array.from(filterThreshold(low, 0).data)).toEqual([0, 1, 1, 1]);
  expect(Array.from(filterThreshold(low, 1).data)).toEqual([0, 0, 0, 0]);
  expect(() => filterThreshold(low, 1.5)).toThrow('filterThreshold: threshold is in [0, 1], got 1.5');
});

test('the cut-out keeps every channel of the kept pixels', () => {
  const image = tensor('uint8', [1, 2, 3], [1, 2, 3, 4, 5, 6]);
  expect(Array.from(cutOut(image, tensor('uint8', [1, 2], [0, 1])).data)).toEqual([0, 0, 0, 4, 5, 6]);
});
