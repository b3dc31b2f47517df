import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { topKAccuracy, trueClassRanks } from './top-k.ts';

interface Case {
  name: string;
  class_count: number;
  labels: number[];
  probabilities: number[][];
  top_k: number[];
}

const golden: { tolerance: number; top_k: Case[] } = JSON.parse(
  readFileSync(new URL('../../test/golden/classification.json', import.meta.url), 'utf8'),
);

test.each(golden.top_k)(
  'agrees with scikit-learn: $name',
  ({ class_count, labels, probabilities, top_k }) => {
    const flat = Float32Array.from(probabilities.flat());
    expect(top_k.length).toBe(class_count - 1);
    for (const [i, want] of top_k.entries()) {
      const got = topKAccuracy(labels, flat, class_count, i + 1);
      expect(Math.abs(got - want)).toBeLessThanOrEqual(golden.tolerance);
    }
  },
);

test('with k at least the number of classes, every image counts', () => {
  for (const k of [3, 4, 100]) expect(topKAccuracy([0, 1], [0.5, 0.25, 0.25, 1, 0, 0], 3, k)).toBe(1);
});

test('of equal probabilities, the first index is taken', () => {
  expect(trueClassRanks([0, 1, 2, 2], [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1], 3)).toEqual([1, 2, 3, 1]);
});

test.each<[number[], number[], number, string]>([
  [[], [], 1, 'trueClassRanks: needs at least one image, got none'],
  [[0, 1], [1, 0], 1, 'trueClassRanks: 2 images of 2 classes need 4 probabilities, got 2'],
  [[2], [1, 0], 1, 'trueClassRanks: classes must be whole numbers from 0 to 1, image 0 has 2'],
  [[0], [1, Number.NaN], 1, 'trueClassRanks: probabilities must not be NaN, image 0 has NaN'],
  [[0], [1, 0], 0, 'topKAccuracy: k must be a whole number >= 1, got 0'],
  [[0], [1, 0], 1.5, 'topKAccuracy: k must be a whole number >= 1, got 1.5'],
])('rejects labels %j, probabilities %j, k = %d', (labels, probabilities, k, message) => {
  expect(() => topKAccuracy(labels, probabilities, 2, k)).toThrow(message);
});
