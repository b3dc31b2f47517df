import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { regionOfInterest } from '../maps/region-of-interest.ts';
import { edgeBounds } from './bounds.ts';
import { fillHoles } from './fill-holes.ts';
import { growRegion } from './region-growing.ts';

test('the region of interest is above the percentile; a flat map has none', () => {
  const map = tensor('float32', [1, 5], [5, 1, 4, 2, 3]);
  expect(Array.from(regionOfInterest(map, 50).data)).toEqual([1, 0, 1, 0, 0]);
  expect(Array.from(regionOfInterest(map, 100).data)).toEqual([0, 0, 0, 0, 0]);
  expect(Array.from(regionOfInterest(tensor('float32', [1, 2], [3, 3]), 0).data)).toEqual([0, 0]);
});

test('bounds are the quartiles in the region of interest, an empty interval if it is empty', () => {
  const edges = tensor('float32', [1, 6], [0, 1, 9, 2, 3, 4]);
  expect(edgeBounds(edges, tensor('uint8', [1, 6], [1, 1, 0, 1, 1, 1]))).toEqual({ lower: 1, upper: 3 });
  expect(edgeBounds(edges, tensor('uint8', [1, 6]))).toEqual({ lower: 1, upper: 0 });
});

test('a region grows over 4 neighbours between the bounds, inclusive', () => {
  const map = tensor('float32', [3, 4], [2, 9, 2, 2, 3, 9, 9, 2, 4, 1, 3, 9]);
  const seeds = tensor('uint8', [3, 4], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const region = growRegion(map, seeds, { lower: 2, upper: 4 });
  expect(Array.from(region.data)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
});

test('a seed outside the bounds does not grow; 0 is a valid bound', () => {
  const map = tensor('float32', [1, 4], [0, 0, 1, 0]);
  const seeds = tensor('uint8', [1, 4], [0, 0, 1, 0]);
  expect(Array.from(growRegion(map, seeds, { lower: 0, upper: 0.5 }).data)).toEqual([0, 0, 0, 0]);
  const first = tensor('uint8', [1, 4], [1, 0, 0, 0]);
  expect(Array.from(growRegion(map, first, { lower: 0, upper: 0 }).data)).toEqual([1, 1, 0, 0]);
});

test('fills holes of fewer than 256 pixels, 4-connected, also at the border', () => {
  const size = 40;
  const mask = tensor('uint8', [size, size], new Uint8Array(size * size).fill(1));
  const hole = (pixels: number, left: number): void => {
    for (let k = 0; k < pixels; k++) mask.data[(Math.floor(k / 16) + 4) * size + left + (k % 16)] = 0;
  };
  hole(255, 2);
  hole(256, 22);
  mask.data[0] = 0;
  const filled = fillHoles(mask);
  expect(filled.data.reduce((zeros, v) => zeros + 1 - v, 0)).toBe(256);
  expect(filled.data[4 * size + 22]).toBe(0);
  // Two pixels that touch at a corner are two holes.
  expect(Array.from(fillHoles(tensor('uint8', [2, 2], [0, 1, 1, 0]), 2).data)).toEqual([1, 1, 1, 1]);
  expect(Array.from(fillHoles(tensor('uint8', [2, 2], [0, 1, 0, 1]), 2).data)).toEqual([0, 1, 0, 1]);
});
