import { expect, test } from 'vitest';
import { random } from '../tensor/random.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { type Affine, type Augmentation, applyAugmentation, drawAugmentation } from './augment.ts';

const still: Affine = {
  scaleX: 1,
  scaleY: 1,
  translateX: 0,
  translateY: 0,
  rotate: 0,
  shear: 0,
  interpolation: 'nearest',
};
const modes = ['nearest', 'bilinear'] as const;
const affine = (change: Partial<Affine>, flip = false): Augmentation => ({
  affine: { ...still, ...change },
  flip,
});
const map = (rows: number[][]): Tensor<'float32'> =>
  tensor('float32', [rows.length, rows[0].length], rows.flat());
const rows = ({ shape: [h, w], data }: Tensor<'float32' | 'uint8'>): number[][] =>
  Array.from({ length: h }, (_, y) => [...data.slice(y * w, (y + 1) * w)]);
const nine = map([
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
]);

test.each(modes)('identity, %s', (interpolation) => {
  const picture = tensor(
    'uint8',
    [5, 7, 3],
    Uint8Array.from({ length: 105 }, (_, i) => i),
  );
  expect(applyAugmentation(picture, affine({ interpolation }))).toEqual(picture);
  expect(applyAugmentation(picture, { flip: false })).toBe(picture);
});

test.each(modes)('quarter turns are clockwise and exact, %s', (interpolation) => {
  const quarter = [
    [7, 4, 1],
    [8, 5, 2],
    [9, 6, 3],
  ];
  expect(rows(applyAugmentation(nine, affine({ rotate: 90, interpolation })))).toEqual(quarter);
  const half = rows(nine)
    .reverse()
    .map((row) => row.reverse());
  expect(rows(applyAugmentation(nine, affine({ rotate: 180, interpolation })))).toEqual(half);
  expect(rows(applyAugmentation(nine, affine({ rotate: -180, interpolation })))).toEqual(half);
});

test.each(modes)('translation is a share of the size; outside is 0, %s', (interpolation) => {
  const moved = applyAugmentation(nine, affine({ translateX: 1 / 3, translateY: -1 / 3, interpolation }));
  const expected = [
    [0, 4, 5],
    [0, 7, 8],
    [0, 0, 0],
  ];
  rows(moved).forEach((row, y) => {
    row.forEach((value, x) => {
      expect(value).toBeCloseTo(expected[y][x], 5);
    });
  });
});

test('half a pixel, bilinear: neighbours are averaged, with 0 outside', () => {
  const moved = applyAugmentation(nine, affine({ translateX: 0.5 / 3, interpolation: 'bilinear' }));
  expect(rows(moved)[0].map((value) => +value.toFixed(5))).toEqual([0.5, 1.5, 2.5]);
  const bytes = tensor('uint8', [1, 2], [10, 21]);
  const shifted = applyAugmentation(bytes, affine({ translateX: 0.25, interpolation: 'bilinear' }));
  expect([...shifted.data]).toEqual([5, 16]);
});

test('scale enlarges about the centre', () => {
  const wide = applyAugmentation(map([[0, 1, 2, 3, 4]]), affine({ scaleX: 2, interpolation: 'bilinear' }));
  expect(rows(wide)).toEqual([[1, 1.5, 2, 2.5, 3]]);
});

test('shear leans the columns', () => {
  const column = map([
    [0, 1, 0],
    [0, 1, 0],
    [0, 1, 0],
  ]);
  expect(rows(applyAugmentation(column, affine({ shear: 45 })))).toEqual([
    [0, 0, 1],
    [0, 1, 0],
    [1, 0, 0],
  ]);
});

test('the flip comes after the transform and keeps channels together', () => {
  const flipped = applyAugmentation(tensor('uint8', [1, 2, 3], [1, 2, 3, 4, 5, 6]), { flip: true });
  expect([...flipped.data]).toEqual([4, 5, 6, 1, 2, 3]);
  const both = applyAugmentation(nine, affine({ rotate: 90 }, true));
  expect(rows(both)).toEqual([
    [1, 4, 7],
    [2, 5, 8],
    [3, 6, 9],
  ]);
});

test('every drawn augmentation keeps shape, type and range, and the input as it was', () => {
  const draws = random(3);
  const picture = tensor('uint8', [17, 31, 3], new Uint8Array(17 * 31 * 3).fill(200));
  for (let i = 0; i < 200; i++) {
    const out = applyAugmentation(picture, drawAugmentation(draws));
    expect(out.shape).toEqual(picture.shape);
    expect(Math.max(...out.data)).toBe(200);
  }
  expect(picture.data.every((value) => value === 200)).toBe(true);
});

test('draws lie in their ranges, half of them of each kind, and repeat with the seed', () => {
  const draw = (seed: number): Augmentation[] => {
    const draws = random(seed);
    return Array.from({ length: 2000 }, () => drawAugmentation(draws));
  };
  const all = draw(5);
  expect(draw(5)).toEqual(all);
  expect(draw(6)).not.toEqual(all);
  const transforms = all.flatMap((one) => one.affine ?? []);
  for (const count of [
    transforms.length,
    all.filter((one) => one.flip).length,
    2 * transforms.filter((one) => one.interpolation === 'nearest').length,
  ]) {
    expect(Math.abs(count - 1000)).toBeLessThan(150);
  }
  const inside = (
    key: 'scaleX' | 'scaleY' | 'translateX' | 'translateY' | 'rotate' | 'shear',
    low: number,
    high: number,
  ) => {
    const values = transforms.map((one) => one[key]);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...values)).toBeLessThanOrEqual(high);
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.95 * (high - low));
  };
  inside('scaleX', 0.9, 1.1);
  inside('scaleY', 0.9, 1.1);
  inside('translateX', -0.2, 0.2);
  inside('translateY', -0.2, 0.2);
  inside('rotate', -180, 180);
  inside('shear', -5, 5);
});

test('another rank is an error', () => {
  expect(() => applyAugmentation(tensor('uint8', [4]), { flip: true })).toThrow('this one [4]');
});
