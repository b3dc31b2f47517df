import { expect, test } from 'vitest';
import { extremes } from './examples.ts';
import { evenlySpread } from './faithful.ts';

test('chooses images for faithfulness evenly over the classes and within each class', () => {
  const labels = [0, 0, 0, 0, 0, 0, 1, 1, 2];
  expect(evenlySpread(labels, 5)).toEqual([1, 4, 6, 7, 8]);
  expect(evenlySpread(labels, 2)).toEqual([3, 7]);
  expect(evenlySpread(labels, 100)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(evenlySpread(labels, 0)).toEqual([]);
});

test('chooses best, median and worst pictures for the page, none twice; all if there are few', () => {
  const values = Array.from({ length: 40 }, (_, i) => (i * 7) % 40);
  const found = extremes(values);
  expect(found.map(({ title, places }) => [title, places.map((i) => values[i])])).toEqual([
    ['best', [39, 38, 37, 36, 35, 34]],
    ['median', [22, 21, 20, 19, 18, 17]],
    ['worst', [5, 4, 3, 2, 1, 0]],
  ]);
  expect(extremes([0.5, 0.9, 0.1, 0.7]).map(({ places }) => places)).toEqual([[1], [3], [2]]);
  expect(extremes([0.1, 0.2])).toEqual([{ title: 'all', places: [1, 0] }]);
});
