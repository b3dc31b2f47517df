import { expect, test } from 'vitest';
import { random } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import { edgeHistogram } from './edge-histogram.ts';

test.each([1, 7, 40])('%i bins count every pixel of the region once', (bins) => {
  const { next } = random(3);
  const edges = tensor('float32', [30, 20], Float32Array.from({ length: 600 }, next));
  const roi = tensor(
    'uint8',
    [30, 20],
    Uint8Array.from({ length: 600 }, () => (next() < 0.3 ? 1 : 0)),
  );
  const { counts, thresholds, total } = edgeHistogram(edges, roi, bins);
  expect(counts).toHaveLength(bins);
  expect(thresholds).toHaveLength(bins + 1);
  expect(total).toBe(roi.data.filter((value) => value === 1).length);
  expect(counts.reduce((a, b) => a + b)).toBe(total);
});

test('a value on a boundary is in the bin that begins with it, the largest in the last', () => {
  const edges = tensor('float32', [1, 6], [0, 0.25, 0.49, 0.5, 1, 9]);
  const roi = tensor('uint8', [1, 6], [1, 1, 1, 1, 1, 0]);
  expect(edgeHistogram(edges, roi, 4)).toEqual({
    counts: [1, 2, 1, 1],
    thresholds: [0, 0.25, 0.5, 0.75, 1],
    total: 5,
  });
});

test('an empty region and flat edges have a histogram, too', () => {
  const edges = tensor('float32', [2, 2]);
  expect(edgeHistogram(edges, tensor('uint8', [2, 2]), 2)).toEqual({
    counts: [0, 0],
    thresholds: [0, 0.5, 1],
    total: 0,
  });
  expect(edgeHistogram(edges, tensor('uint8', [2, 2], [1, 1, 1, 1]), 2).counts).toEqual([4, 0]);
});

test('errors have the rule and the value', () => {
  const edges = tensor('float32', [2, 2], [0, 1, Number.NaN, 0]);
  expect(() => edgeHistogram(edges, tensor('uint8', [2, 3]))).toThrow(
    'the edges are [2,2], the region of interest is [2,3]',
  );
  expect(() => edgeHistogram(edges, tensor('uint8', [2, 2], [1, 1, 1, 1]))).toThrow(
    'edge values must be finite, got NaN',
  );
  expect(() => edgeHistogram(edges, tensor('uint8', [2, 2]), 0)).toThrow(
    'bins must be a whole number >= 1, got 0',
  );
});
