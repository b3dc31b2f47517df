import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { FeatureTable } from './features.ts';

function table(rows: readonly (readonly number[])[]): FeatureTable {
  const [{ length: width }] = rows;
  const out = new FeatureTable(width);
  out.add(tensor('float32', [rows.length, width], rows.flat()), {
    pictures: tensor('uint8', [rows.length, 1, 1, 3]),
    labels: Int32Array.from(rows, (_, i) => i),
    paths: rows.map((_, i) => `${i}.jpg`),
    position: rows.length,
  });
  return out;
}

test('batches follow an order, from a position in it', () => {
  const rows = table([[0], [10], [20], [30], [40]]);
  const seen = (...options: [from?: number, dropLast?: boolean]): unknown[] =>
    [...rows.batches([4, 3, 2, 1, 0], 2, ...options)].map(({ features, labels, paths, position }) => [
      [...features.data],
      [...labels],
      paths.join(),
      position,
    ]);
  expect(seen()).toEqual([
    [[40, 30], [4, 3], '4.jpg,3.jpg', 2],
    [[20, 10], [2, 1], '2.jpg,1.jpg', 4],
    [[0], [0], '0.jpg', 5],
  ]);
  expect(seen(2, true)).toEqual([[[20, 10], [2, 1], '2.jpg,1.jpg', 4]]);
});

test('standardised features have mean 0 and deviation 1, nearly constant ones stay small', () => {
  const rows = table([
    [0, 5, 1, 0],
    [2, 5, 1.001, 0],
    [4, 5, 1, 3],
    [6, 5, 1.001, 3],
  ]);
  const standard = rows.standard();
  rows.standardise(standard);
  const [{ features }] = rows.batches([0, 1, 2, 3], 4);
  const columns = [0, 1, 2, 3].map((k) => [0, 1, 2, 3].map((row) => features.data[row * 4 + k]));
  const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b) / x.length;
  for (const column of columns) expect(mean(column)).toBeCloseTo(0, 5);
  expect(Math.sqrt(mean(columns[0].map((x) => x * x)))).toBeCloseTo(1, 1);
  expect(columns[1]).toEqual([0, 0, 0, 0]);
  expect(Math.max(...columns[2].map(Math.abs))).toBeLessThan(0.01);
  expect(standard.scale.every((scale) => scale > 0)).toBe(true);
});

test('features that are equal for all pictures stay finite', () => {
  const rows = table([
    [3, 3],
    [3, 3],
  ]);
  rows.standardise(rows.standard());
  const [{ features }] = rows.batches([0, 1], 2);
  expect([...features.data]).toEqual([0, 0, 0, 0]);
});
