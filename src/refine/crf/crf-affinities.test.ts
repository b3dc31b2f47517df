import { expect, test } from 'vitest';
import { random } from '../../tensor/random.ts';
import { affinities, affinityRow, denseCrf } from './dense-crf.ts';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const size = 8;
const n = size * size;
const { uniform } = random(3);
const colours = Float32Array.from({ length: 3 * n }, () => uniform(0, 40));
const logits = Float32Array.from({ length: n }, () => uniform(-2, 2));
const options = { spatial: 0.3, colour: 15, weight: 3, iterations: 5 };

/** The appearance kernel, equation 3 of the paper, in float64, pair by pair. */
function kernel(i: number, j: number): number {
  if (i === j) return 0;
  const dx = ((i % size) - (j % size)) / size;
  const dy = (Math.floor(i / size) - Math.floor(j / size)) / size;
  let colour = 0;
  for (let c = 0; c < 3; c++) colour += (colours[3 * i + c] - colours[3 * j + c]) ** 2;
  return Math.exp(-(dx * dx + dy * dy) / (2 * options.spatial ** 2) - colour / (2 * options.colour ** 2));
}
const places = Array.from({ length: n }, (_, i) => i);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

test('the mean field follows its definition', () => {
  let q = Array.from(logits, sigmoid);
  for (let round = 0; round < options.iterations; round++) {
    const labels = q.map((value) => 2 * value - 1);
    q = places.map((i) => {
      const row = places.map((j) => kernel(i, j));
      const message = sum(row.map((k, j) => k * labels[j])) / sum(row);
      return sigmoid(logits[i] + options.weight * message);
    });
  }
  denseCrf(logits, colours, size, options).forEach((value, i) => {
    expect(Math.abs(value - q[i])).toBeLessThan(1e-5);
  });
});

test('a row of affinities has sum 1, is 0 at the cell itself, largest at the nearest like cell', () => {
  const pairwise = affinities(colours, size, options.spatial, options.colour);
  for (const place of [0, 14, n - 1]) {
    const row = affinityRow(pairwise, place);
    expect(row[place]).toBe(0);
    expect(sum(Array.from(row))).toBeCloseTo(1, 4);
    const exact = places.map((j) => kernel(place, j));
    expect(row.indexOf(Math.max(...row))).toBe(exact.indexOf(Math.max(...exact)));
  }
});

test('weight 0, no pair of equal colour, or no iteration: gives the sigmoid of the unary term', () => {
  const alone = Array.from(logits, (u) => Math.fround(sigmoid(u)));
  expect(Array.from(denseCrf(logits, colours, size, { ...options, weight: 0 }))).toEqual(alone);
  expect(Array.from(denseCrf(logits, colours, size, { ...options, colour: 1e-9 }))).toEqual(alone);
  expect(Array.from(denseCrf(logits, colours, size, { ...options, iterations: 0 }))).toEqual(alone);
});

test('the grid size must be a multiple of 4', () => {
  expect(() => affinities(new Float32Array(108), 6, 0.1, 10)).toThrow('multiple of 4, got 6');
});
