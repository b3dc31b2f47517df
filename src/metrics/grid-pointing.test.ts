import { expect, test } from 'vitest';
import { type FloatMap, tensor } from '../tensor/tensor.ts';
import { backgroundLevel, backgroundLevels, resampleBackground } from './background-level.ts';
import { gridCell, gridPointing, gridScores, resampleGrid } from './grid-pointing.ts';

const map = (...rows: number[][]): FloatMap => tensor('float32', [rows.length, rows[0].length], rows.flat());

test('cells go row by row, and differ by at most a pixel if the size is not divisible', () => {
  expect([0, 1, 2, 3].map((cell) => gridCell([4, 6], 2, cell))).toEqual([
    [0, 0, 3, 2],
    [3, 0, 6, 2],
    [0, 2, 3, 4],
    [3, 2, 6, 4],
  ]);
  // 128 / 3: borders at 43 and 85.
  expect(gridCell([128, 128], 3, 4)).toEqual([43, 43, 85, 85]);
  expect(gridCell([128, 128], 3, 8)).toEqual([85, 85, 128, 128]);
  const area = Array.from({ length: 9 }, (_, cell) => gridCell([128, 7], 3, cell)).reduce(
    (sum, [x0, y0, x1, y1]) => sum + (x1 - x0) * (y1 - y0),
    0,
  );
  expect(area).toBe(128 * 7);
});

test('the share uses values above 0, wherever the peak is', () => {
  const found = map([3, 0, 0, 2], [0, -9, 0, 2], [0, 0, -5, 0], [1, 0, 0, 0]);
  expect([0, 1, 2, 3].map((cell) => gridPointing(found, 2, cell))).toEqual([
    { share: 3 / 8, peak: true, silent: false },
    { share: 4 / 8, peak: false, silent: false },
    { share: 1 / 8, peak: false, silent: false },
    { share: 0, peak: false, silent: false },
  ]);
});

test('without a value above 0 the share is 0, `silent` is true, the peak is the highest value', () => {
  const found = map([-3, -1], [-2, -4]);
  expect(gridPointing(found, 2, 0)).toEqual({ share: 0, peak: false, silent: true });
  expect(gridPointing(found, 2, 1)).toEqual({ share: 0, peak: true, silent: true });
  expect(gridPointing(map([0, 0], [0, 0]), 2, 0)).toEqual({ share: 0, peak: true, silent: true });
});

test('scores are means over all maps, or over the mosaics of a resample', () => {
  const one = (share: number, peak: boolean, silent = false) => ({ share, peak, silent });
  const mosaics = [
    [one(1, true), one(0.5, true)],
    [one(0.25, false), one(0, true, true)],
  ];
  expect(gridScores(mosaics)).toEqual({ gridShare: 1.75 / 4, gridPeak: 0.75, gridSilent: 1 });
  const { gridShare, gridPeak } = resampleGrid(mosaics, [
    [1, 1],
    [2, 0],
    [0, 2],
  ]);
  expect([...gridShare]).toEqual([1.75 / 4, 0.75, 0.125]);
  expect([...gridPeak]).toEqual([0.75, 1, 0.5]);
});

test('the background level is the median off the object, relative to the peak anywhere', () => {
  const object = tensor('uint8', [2, 3], [1, 1, 0, 0, 0, 0]);
  expect(backgroundLevel(map([4, 1, 2], [0, -1, 3]), object)).toBe(1 / 4);
  expect(backgroundLevel(map([1, 1, 2], [0, 0, -8]), object)).toBe(0);
  expect(backgroundLevel(map([5, 5, 5], [5, 5, 5]), object)).toBe(1);
  expect(backgroundLevel(map([4, 1, -2], [-2, -2, -2]), object)).toBe(-0.5);
  expect(backgroundLevel(map([0, -1, -2], [0, -1, -3]), object)).toBeUndefined();
  expect(backgroundLevel(map([1, 2]), tensor('uint8', [1, 2], [1, 1]))).toBeUndefined();
});

test('the summary is the median over the images that have a background level', () => {
  const levels = [0.5, undefined, 0.1, 0.9, 0.3];
  expect(backgroundLevels(levels)).toEqual({ median: 0.4, mean: 0.45, images: 4 });
  expect(backgroundLevels([undefined])).toBeUndefined();
  const resampled = resampleBackground(levels, [
    [1, 1, 1, 1, 1],
    [0, 2, 2, 1, 0],
    [0, 5, 0, 0, 0],
  ]);
  expect([...resampled]).toEqual([0.4, 0.1, Number.NaN]);
});

test('rejects invalid arguments', () => {
  expect(() => gridCell([4, 4], 2, 4)).toThrow('gridCell: cells of 2 x 2 are from 0 to 3, got 4');
  expect(() => gridCell([4, 4], 0, 0)).toThrow('gridCell: n must be a whole number >= 1, got 0');
  expect(() => gridPointing(map([1, Number.NaN]), 2, 0)).toThrow(
    'gridPointing: a map must have finite values only, got NaN',
  );
  expect(() => gridScores([])).toThrow('gridScores: there are no maps');
  expect(() => backgroundLevel(map([1]), tensor('uint8', [1, 2]))).toThrow(
    'backgroundLevel: map and object must have one size, got [1,1] and [1,2]',
  );
});

test('resampling needs at least one mosaic', () => {
  expect(() => resampleGrid([], [[]])).toThrow('resampleGrid: there are no mosaics');
});
