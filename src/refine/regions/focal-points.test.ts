import { expect, test } from 'vitest';
import type { FloatMap, Mask } from '../../tensor/tensor.ts';
import { tensor } from '../../tensor/tensor.ts';
import { globalFocalPoints, localFocalPoints } from './focal-points.ts';
import { localMaxima } from './local-maxima.ts';
import { skeleton } from './skeleton.ts';

/** A mask written as dots and hashes, or such a text of a mask. */
const mask = (rows: string[]): Mask =>
  tensor(
    'uint8',
    [rows.length, rows[0].length],
    rows.flatMap((row) => [...row].map((c) => Number(c === '#'))),
  );
const drawn = ({ shape: [height, width], data }: Mask): string[] =>
  Array.from({ length: height }, (_, y) =>
    Array.from(data.subarray(y * width, (y + 1) * width), (v) => '.#'[v]).join(''),
  );
const map = (rows: number[][]): FloatMap => tensor('float32', [rows.length, rows[0].length], rows.flat());

test('local maxima: include plateaus and borders, with 8 neighbours', () => {
  const maxima = localMaxima(
    map([
      [0, 0, 0, 0, 0, 0, 0],
      [0, 1, 1, 0, 2, 2, 0],
      [0, 1, 1, 0, 2, 2, 0],
      [1, 0, 0, 0, 0, 0, 3],
    ]),
  );
  // As in scikit-image's documentation: the 2s touch the 3 at a corner.
  expect(drawn(maxima)).toEqual(['.......', '.##....', '.##....', '#.....#']);
});

test('a flat map has no local maximum', () => {
  expect(localMaxima(map([[2, 2, 2]])).data).toEqual(new Uint8Array(3));
});

test('the skeleton agrees with scikit-image', () => {
  const shapes = mask([
    '...............#',
    '.#######........',
    '.#######........',
    '.#############..',
    '.#############..',
    '......########..',
    '......########..',
    '.###..########..',
    '..##............',
  ]);
  expect(drawn(skeleton(shapes))).toEqual([
    '...............#',
    '................',
    '...###..........',
    '..#...#.........',
    '.......#...##...',
    '........###.....',
    '................',
    '.###............',
    '................',
  ]);
  expect(drawn(skeleton(mask(['####', '####', '####', '####'])))).toEqual(['..#.', '..#.', '.#..', '....']);
  expect(drawn(skeleton(mask(['######', '######'])))).toEqual(['######', '......']);
});

test('local focal points exceed the mean of the largest and the smallest maximum', () => {
  const low = map([
    [-1, -9, -9, -5],
    [-9, -9, -9, -9],
    [-7, -9, -9, -2],
  ]);
  // Maxima -1, -5, -7, -2, mean -4: also where all of them are negative.
  expect(drawn(localFocalPoints(low, 3, 4, 'large'))).toEqual(['#...', '....', '...#']);
});

test('if no maximum exceeds the threshold, takes the highest one', () => {
  const low = map([
    [0, 0, 0],
    [0, 5, 0],
  ]);
  expect(drawn(localFocalPoints(low, 4, 6, 'large'))).toEqual(['......', '......', '..##..', '..##..']);
});

test('global focal points are the round(sqrt(S)) highest pixels', () => {
  const low = tensor(
    'float32',
    [14, 14],
    Float32Array.from({ length: 196 }, (_, i) => (i * 37) % 196),
  );
  const points = globalFocalPoints(low);
  expect(points.data.reduce((n, v) => n + v, 0)).toBe(4);
  for (let i = 0; i < 196; i++) expect(points.data[i]).toBe(Number(low.data[i] >= 192));
});
