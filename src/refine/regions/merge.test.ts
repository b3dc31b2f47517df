import { expect, test } from 'vitest';
import { type FloatMap, tensor } from '../../tensor/tensor.ts';
import { cutOut, filterPercentage, filterThreshold } from '../maps/filter.ts';
import { greyPicture, type Levels, mergeLevels } from './grey-levels.ts';
import { type MergeOptions, merge, merging } from './merge.ts';

const blend = { mergeType: 'blend', mergeAlpha: 0.25 } as const;
const multiply = { mergeType: 'multiply', mergeAlpha: 0 } as const;
const neither = { segment: false, low: false };
const segment = tensor('uint8', [1, 4], [0, 1, 1, 0]);
const low = tensor('float32', [1, 4], [-1, 0, 1, 3]);

/** A map whose values are its levels; at most 512 of them. */
const levelsOf = ({ shape, data }: FloatMap): Levels => {
  const counts = new Int32Array(512);
  for (const level of data) counts[level]++;
  return {
    segment: tensor(
      'uint8',
      shape,
      Uint8Array.from(data, (level) => level >> 8),
    ),
    picture: tensor(
      'uint8',
      shape,
      Uint8Array.from(data, (level) => level & 255),
    ),
    values: Float64Array.from(counts.keys()),
    counts,
  };
};

test('merges by blend and multiply', () => {
  expect(Array.from(merge(segment, low, merging(blend, neither)).data)).toEqual([0, 0.4375, 0.625, 0.75]);
  expect(Array.from(merge(segment, low, merging(multiply, neither)).data)).toEqual([0, 0.25, 0.5, 0]);
});

test('a blank map leaves the other one unchanged', () => {
  const mergeBlank = (options: MergeOptions, blank: { segment: boolean; low: boolean }): number[] =>
    Array.from(merge(segment, low, merging(options, blank)).data);
  for (const options of [blend, multiply]) {
    expect(mergeBlank(options, { segment: true, low: false })).toEqual([0, 0.25, 0.5, 1]);
    expect(mergeBlank(options, { segment: false, low: true })).toEqual([0, 1, 1, 0]);
  }
  expect(() => merging(blend, { segment: true, low: true })).toThrow(
    'merge: the segment or the low-res map needs a value above 0, both are blank',
  );
});

test('a flat low-res map scales to zeros', () => {
  const flat = tensor('float32', [1, 4], [2, 2, 2, 2]);
  expect(Array.from(merge(segment, flat, merging(blend, neither)).data)).toEqual([0, 0.25, 0.25, 0]);
  const { values, counts } = mergeLevels(segment, greyPicture(flat, 1, 4), merging(blend, neither));
  expect([counts[0], counts[256], values[0], values[256]]).toEqual([2, 2, 0, 0.25]);
});

test('merging in grey levels scales the levels that occur and counts them', () => {
  const picture = tensor('uint8', [1, 4], [10, 10, 30, 50]);
  const { values, counts } = mergeLevels(segment, picture, merging(blend, neither));
  const levels = Array.from(segment.data, (inside, i) => 256 * inside + picture.data[i]);
  expect(levels.map((level) => values[level])).toEqual([0, 0.25, 0.625, 0.75]);
  expect(levels.map((level) => counts[level])).toEqual([1, 1, 1, 1]);
});

test('the percentage filter keeps exactly the requested share', () => {
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

test('with levels, keeps only whole levels, unless one is a plateau', () => {
  const map = tensor(
    'float32',
    [1, 1000],
    Float32Array.from({ length: 1000 }, (_, i) => i),
  );
  const count = (perLevel: number, percentage: number): number => {
    const levels = levelsOf(
      tensor(
        'float32',
        [1, 1000],
        map.data.map((v) => Math.floor(v / perLevel)),
      ),
    );
    const kept = filterPercentage(map, percentage, levels);
    return kept.data.reduce((n, v) => n + v, 0);
  };
  expect(count(4, 15)).toBe(148); // the share of 150 pixels ends within a level of four
  expect(count(250, 15)).toBe(150); // without the level of 250 no pixel would be left
  expect(count(250, 90)).toBe(750); // the lowest level carries no evidence
  expect(count(250, 100)).toBe(1000);
});

test('the percentage filter treats levels of equal value as one', () => {
  const map = tensor('float32', [1, 1000], Float32Array.from(Array(1000).keys()));
  const inLevels = (perLevel: number): Levels =>
    levelsOf(
      tensor(
        'float32',
        [1, 1000],
        Array.from(map.data, (v) => Math.floor(v / perLevel)),
      ),
    );
  const halves = { ...inLevels(4), values: Float64Array.from({ length: 512 }, (_, i) => Math.floor(i / 2)) };
  expect(filterPercentage(map, 15, halves)).toEqual(filterPercentage(map, 15, inLevels(8)));
});

test('the threshold filter scales to [0, 1] first', () => {
  const levels = levelsOf(tensor('float32', [1, 4], [4, 5, 6, 8]));
  expect(Array.from(filterThreshold(levels, 0.5).data)).toEqual([0, 0, 0, 1]);
  expect(Array.from(filterThreshold(levels, 0).data)).toEqual([0, 1, 1, 1]);
  expect(Array.from(filterThreshold(levels, 1).data)).toEqual([0, 0, 0, 0]);
  expect(() => filterThreshold(levels, 1.5)).toThrow('filterThreshold: threshold is in [0, 1], got 1.5');
  const flat = levelsOf(tensor('float32', [1, 2], [3, 3]));
  expect(Array.from(filterThreshold(flat, 0).data)).toEqual([0, 0]);
});

test('the cut-out keeps every channel of the kept pixels', () => {
  const image = tensor('uint8', [1, 2, 3], [1, 2, 3, 4, 5, 6]);
  expect(Array.from(cutOut(image, tensor('uint8', [1, 2], [0, 1])).data)).toEqual([0, 0, 0, 4, 5, 6]);
});
