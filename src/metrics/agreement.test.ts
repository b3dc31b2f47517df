import { expect, test } from 'vitest';
import { agreement } from './agreement.ts';

test('equal probabilities agree completely', () => {
  const same = Float32Array.of(0.5, 0.5, 0.25, 0.75);
  expect(agreement(same, same.slice(), 2)).toEqual({ images: 2, agreeing: 2, largestDifference: 0 });
});

test('counts images with the same prediction and finds the largest difference', () => {
  const a = [0.5, 0.25, 0.25, 0, 1, 0];
  const b = [0.25, 0.5, 0.25, 0.125, 0.75, 0.125];
  expect(agreement(a, b, 3)).toEqual({ images: 2, agreeing: 1, largestDifference: 0.25 });
});

test('of equally probable classes, the first is the prediction', () => {
  expect(agreement([0.5, 0.5], [0.75, 0.25], 2).agreeing).toBe(1);
  expect(agreement([0.5, 0.5], [0.25, 0.75], 2).agreeing).toBe(0);
});

test.each<[number[], number[], string]>([
  [[1, 0], [1], 'agreement: as many probabilities of both models, got 2 and 1'],
  [[], [], 'agreement: needs 2 probabilities an image and at least one image, got 0'],
  [[1, 0, 0], [1, 0, 0], 'agreement: needs 2 probabilities an image and at least one image, got 3'],
  [[1, Number.NaN], [1, 0], 'agreement: probabilities must not be NaN, image 0 has NaN and 0'],
])('rejects %j and %j', (a, b, message) => {
  expect(() => agreement(a, b, 2)).toThrow(message);
});
