import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { colourGrid, colourMeans, meansPicture } from './colour-grid.ts';
import { mapGrid } from './map-grid.ts';

test('cells are means of their pixels, also for sizes that do not divide', () => {
  const map = tensor('float32', [2, 5], [0, 2, 1, 1, 7, 4, 6, 1, 1, 1]);
  expect(mapGrid(map, 2).shape).toEqual([2, 2]);
  // Columns 0-1 and 2-4; one row for each cell.
  expect(Array.from(mapGrid(map, 2).data)).toEqual([1, 3, 5, 1]);
  expect(Array.from(mapGrid(map, 1).data)).toEqual([Math.fround(2.4)]);
});

test('repeats pixels if there are fewer pixels than cells', () => {
  const map = tensor('float32', [1, 2], [3, 4]);
  expect(Array.from(mapGrid(map, 4).data)).toEqual(Array(4).fill([3, 3, 4, 4]).flat());
  expect(Array.from(mapGrid(tensor('float32', [1, 1], [5]), 2).data)).toEqual([5, 5, 5, 5]);
});

test('averages cells in sRGB, then converts to CIELAB; grey pictures have no chroma', () => {
  const picture = tensor('uint8', [1, 4, 3], [255, 0, 0, 255, 0, 0, 0, 0, 0, 255, 255, 255]);
  const means = colourMeans(picture, 2);
  expect(Array.from(means)).toEqual([255, 0, 0, 127.5, 127.5, 127.5, 255, 0, 0, 127.5, 127.5, 127.5]);
  expect(Array.from(meansPicture(means, 2).data.subarray(0, 6))).toEqual([255, 0, 0, 128, 128, 128]);
  const [l, a, b, grey, ...none] = colourGrid(picture, 2);
  // Red in CIELAB with white point D50, as published.
  expect([l, a, b]).toEqual([expect.closeTo(54.29, 1), expect.closeTo(80.8, 1), expect.closeTo(69.9, 1)]);
  expect(grey).toBeCloseTo(53.39, 1);
  expect(Math.hypot(none[0], none[1])).toBeLessThan(0.01);
  const one = colourGrid(tensor('uint8', [1, 1, 1], [90]), 1);
  expect(one).toEqual(colourGrid(tensor('uint8', [1, 1, 3], [90, 90, 90]), 1));
});
