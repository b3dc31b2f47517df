import { expect, test } from 'vitest';
import golden from '../../../test/golden/soft-labels.json' with { type: 'json' };
import { random } from '../../tensor/random.ts';
import { tensor } from '../../tensor/tensor.ts';
import { colourGrid } from './colour-grid.ts';
import { denseCrf } from './dense-crf.ts';

const options = { spatial: 0.3, colour: 10, weight: 3, iterations: 8 };
const n = golden.grid;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
}

test("colours agree with scikit-image, adapted to D50 by Bradford's method", () => {
  const picture = tensor('uint8', golden.shape, golden.picture);
  // In units of CIELAB. The two implementations round the white point D50 and the sRGB matrix to four or five
  // digits.
  expect(largestDifference(colourGrid(picture, n), golden.colours)).toBeLessThan(0.05);
});

test('greys have no chroma; black is 0, white 100', () => {
  const grey = (values: number[], channels: number) =>
    colourGrid(tensor('uint8', [1, values.length / channels, channels], values), 1);
  for (const value of [0, 90, 255]) {
    const [l, a, b] = grey([value, value, value], 3);
    expect(Math.hypot(a, b)).toBeLessThan(0.01);
    expect(grey([value], 1)).toEqual(Float32Array.of(l, a, b));
  }
  expect(grey([0], 1)[0]).toBeCloseTo(0, 5);
  expect(grey([255], 1)[0]).toBeCloseTo(100, 4);
});

test('repeats pixels of a picture smaller than the grid', () => {
  const one = colourGrid(tensor('uint8', [1, 1, 3], [200, 30, 60]), 4);
  for (let i = 3; i < one.length; i++) expect(one[i]).toBe(one[i % 3]);
  const [left, right] = [0, 3].map((x) => colourGrid(tensor('uint8', [1, 2, 1], [0, 255]), 4)[3 * x]);
  expect([left, Math.round(right)]).toEqual([0, 100]);
});

test.each(golden.cases)('the mean field agrees with NumPy: $options', ({ options, probabilities }) => {
  const found = denseCrf(Float32Array.from(golden.logits), Float32Array.from(golden.colours), n, options);
  // float32 sums in another order; pairs more than four standard deviations apart are left out.
  expect(largestDifference(found, probabilities)).toBeLessThan(2e-5);
});

test('weight 0 or no iteration leaves the unary term', () => {
  const logits = Float32Array.from(golden.logits);
  const alone = logits.map((u) => 1 / (1 + Math.exp(-u)));
  const colours = Float32Array.from(golden.colours);
  expect(denseCrf(logits, colours, n, { ...options, weight: 0 })).toEqual(alone);
  expect(denseCrf(logits, colours, n, { ...options, iterations: 0 })).toEqual(alone);
});

test('equal logits stay equal for any colours, because kernel rows sum to 1', () => {
  const colours = Float32Array.from(golden.colours);
  let q = 1 / (1 + Math.exp(-0.4));
  for (let i = 0; i < options.iterations; i++) q = 1 / (1 + Math.exp(-(0.4 + options.weight * (2 * q - 1))));
  for (const value of denseCrf(new Float32Array(n * n).fill(0.4), colours, n, options)) {
    expect(value).toBeCloseTo(q, 4);
  }
});

test('with one colour and all pairs in reach, the majority label wins', () => {
  const colours = new Float32Array(3 * n * n).fill(50);
  const logits = Float32Array.from({ length: n * n }, (_, i) => (i % 3 === 0 ? -0.5 : 0.5));
  const found = denseCrf(logits, colours, n, { ...options, spatial: 100 });
  for (const value of found) expect(value).toBeGreaterThan(0.7);
  // Another colour has its own component.
  for (let i = 0; i < n * n; i++) if (i % 3 === 0) colours[3 * i] = 100;
  const apart = denseCrf(logits, colours, n, { ...options, spatial: 100 });
  apart.forEach((value, i) => {
    expect(value > 0.5).toBe(i % 3 !== 0);
  });
});

test('a mirrored picture gives the mirrored result', () => {
  const rng = random(2);
  const logits = Float32Array.from({ length: n * n }, () => rng.normal());
  const colours = Float32Array.from(golden.colours);
  const mirror = (data: Float32Array, channels: number): Float32Array =>
    data.map((_, i) => {
      const [place, c] = [Math.floor(i / channels), i % channels];
      const x = place % n;
      return data[(place - x + (n - 1 - x)) * channels + c];
    });
  const mirrored = denseCrf(mirror(logits, 1), mirror(colours, 3), n, options);
  // Sums in another order.
  expect(largestDifference(mirror(mirrored, 1), denseCrf(logits, colours, n, options))).toBeLessThan(1e-5);
});

test('arrays of another length than the grid are refused', () => {
  const options = { spatial: 1, colour: 10, weight: 1, iterations: 1 };
  expect(() => denseCrf(new Float32Array(15), new Float32Array(48), 4, options)).toThrow(
    'CRF: 4 x 4 cells need 16 logits and 48 colours, got 15 and 48',
  );
});
