/**
 * The refined map in the picture's size, against the definitions in `tools/reference/guided_filter.py` (its
 * golden file), and by hand.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { maskBox } from '../../tensor/mask-box.ts';
import { random } from '../../tensor/random.ts';
import { type FloatMap, type Picture, tensor } from '../../tensor/tensor.ts';
import { keepLimit } from '../maps/keep-limit.ts';
import { otsu } from '../maps/otsu.ts';
import { above } from '../maps/region-of-interest.ts';
import { refineDefaults } from '../parameters.ts';
import { guidedCoefficients, guidedMap } from './guided-filter.ts';
import { cutOutOf, guideMap, layOut, mended } from './lay-out.ts';

interface Numbers {
  readonly shape: number[];
  readonly data: number[];
}
interface Golden {
  readonly radius: number;
  readonly eps: number;
  readonly guide: Numbers;
  readonly map: Numbers;
  readonly picture: Numbers;
  readonly filtered: number[];
  readonly enlarged: number[];
  readonly otsu: { readonly map: number; readonly filtered: number };
}
const path = new URL('../../../test/golden/guided-filter.json', import.meta.url);
const golden = JSON.parse(readFileSync(path, 'utf8')) as Golden;
const guide: Picture = tensor('uint8', golden.guide.shape, golden.guide.data);
const map: FloatMap = tensor('float32', golden.map.shape, golden.map.data);
const picture: Picture = tensor('uint8', golden.picture.shape, golden.picture.data);
const coefficients = guidedCoefficients(guide, map, golden);

/** The largest difference of two lists. */
const off = (a: ArrayLike<number>, b: readonly number[]): number =>
  Math.max(...b.map((value, i) => Math.abs(value - a[i])));

test('the guided filter is that of the paper', () => {
  // float32 coefficients, with slopes up to 20 and colours up to 1.
  expect(off(guidedMap(guide, coefficients).data, golden.filtered)).toBeLessThan(1e-5);
});

test("Otsu's threshold agrees with scikit-image, in the middle of equally good ones", () => {
  expect(otsu(map)).toBeCloseTo(golden.otsu.map, 6);
  expect(otsu(guidedMap(guide, coefficients))).toBeCloseTo(golden.otsu.filtered, 5);
});

test('follows a larger picture, rounds levels, and masks what exceeds the limit', () => {
  const { levels, mask, kept } = layOut({ coefficients, min: 0, max: 1, limit: 0.5 }, picture);
  const expected = golden.enlarged.map((value) => 255 * Math.min(Math.max(value, 0), 1));
  // Half a level of rounding, and the error of float32.
  expect(off(levels.data, expected)).toBeLessThan(0.51);
  const near = (value: number): boolean => Math.abs(value - 0.5) < 1e-5;
  golden.enlarged.forEach((value, i) => {
    if (!near(value)) expect(mask.data[i]).toBe(Number(value > 0.5));
  });
  expect(kept).toBe(mask.data.reduce((sum, mark) => sum + mark, 0));
});

test('a part: nothing lies outside it, and inside the result is that of the part alone', () => {
  const [height, width] = [picture.shape[0] + 7, picture.shape[1] + 9];
  const whole = tensor('uint8', [height, width, 3]);
  const [y0, x0] = [3, 4];
  const [h, w] = picture.shape;
  for (let y = 0; y < h; y++) {
    const row = picture.data.subarray(3 * y * w, 3 * (y + 1) * w);
    whole.data.set(row, 3 * ((y0 + y) * width + x0));
  }
  const ready = { coefficients, min: 0, max: 1, limit: 0.5 };
  const alone = layOut(ready, picture);
  const part = layOut(ready, whole, [x0, y0, x0 + w, y0 + h]);
  expect(part.kept).toBe(alone.kept);
  for (const kind of ['levels', 'mask'] as const) {
    const expected = tensor('uint8', [height, width]);
    for (let y = 0; y < h; y++) {
      expected.data.set(alone[kind].data.subarray(y * w, (y + 1) * w), (y0 + y) * width + x0);
    }
    expect(part[kind]).toEqual(expected);
  }
});

test('gives the same in several pieces as in one', () => {
  const rng = random(2);
  const large = tensor('uint8', [700, 900, 3]);
  for (let i = 0; i < large.data.length; i++) large.data[i] = rng.integer(256);
  const { levels } = layOut({ coefficients, min: 0, max: 1, limit: 0.5 }, large);
  // The last piece has a single row.
  const y = 690;
  const place = ((y + 0.5) * coefficients.shape[0]) / 700 - 0.5;
  expect(place).toBeGreaterThan(coefficients.shape[0] - 1); // below the last row of coefficients: that row's
  const last = tensor(
    'float32',
    [1, coefficients.shape[1], 4],
    coefficients.data.slice(-4 * coefficients.shape[1]),
  );
  const row = tensor('uint8', [1, 900, 3], large.data.slice(3 * 900 * y, 3 * 900 * (y + 1)));
  const alone = layOut({ coefficients: last, min: 0, max: 1, limit: 0.5 }, row);
  expect(levels.data.slice(900 * y, 900 * (y + 1))).toEqual(alone.levels.data);
});

test.each([
  ['otsu', 100, 0],
  ['threshold', 100, 0],
  ['percentage', 15, 0],
  ['percentage', 100, 24],
] as const)('a flat map, %s %i %%: keeps %i pixels', (filterType, filterPercentage, kept) => {
  const flat = tensor('float32', [2, 2], [3, 3, 3, 3]);
  const ready = guideMap(tensor('uint8', [4, 6, 3]), flat, {
    ...refineDefaults,
    filterType,
    filterPercentage,
  });
  const laid = layOut(ready, tensor('uint8', [4, 6, 3]));
  expect(laid.kept).toBe(kept);
  expect(new Set(laid.levels.data)).toEqual(new Set([0]));
});

/** The map upsampled with a grey picture of its size: what is above 0.5. */
function laidOut(map: FloatMap): ReturnType<typeof layOut> {
  const [height, width] = map.shape;
  const coefficients = tensor('float32', [height, width, 4]);
  map.data.forEach((value, i) => {
    coefficients.data[4 * i + 3] = value;
  });
  const mend = mended(above(map, 0.5));
  const grey = tensor('uint8', [height, width, 3], new Uint8Array(3 * height * width).fill(100));
  return layOut({ coefficients, min: 0, max: 1, limit: 0.5, mend }, grey);
}

/** `[40, 60]`: 1 within one of some boxes and in none of the holes. */
function boxes(kept: readonly number[][], holes: readonly number[][]): FloatMap {
  const map = tensor('float32', [40, 60]);
  const within = ([x0, y0, x1, y1]: readonly number[], i: number): boolean => {
    const [y, x] = [Math.floor(i / 60), i % 60];
    return x >= x0 && x < x1 && y >= y0 && y < y1;
  };
  for (let i = 0; i < map.data.length; i++) {
    map.data[i] = Number(kept.some((box) => within(box, i)) && !holes.some((box) => within(box, i)));
  }
  return map;
}

test('removes a speck from the mask but not from the map', () => {
  const { mask, levels, kept } = laidOut(
    boxes(
      [
        [5, 5, 25, 25],
        [50, 34, 53, 37],
      ],
      [],
    ),
  );
  expect(maskBox(mask)).toEqual([5, 5, 25, 25]);
  expect(kept).toBe(400);
  expect(levels.data[35 * 60 + 51]).toBe(255);
  // A mask of nothing but specks keeps them.
  const specks = tensor('uint8', [9, 9]);
  for (let i = 0; i < 81; i += 2) specks.data[i] = 1;
  expect(mended({ mask: specks, count: 41 })).toBeUndefined();
});

test('fills small holes of the mask, but not large ones or gaps at the border', () => {
  const object = [5, 0, 35, 30];
  const [small, large, gap] = [
    [8, 8, 11, 11],
    [14, 14, 24, 24],
    [20, 0, 23, 4],
  ];
  const { mask, levels, kept } = laidOut(boxes([object], [small, large, gap]));
  expect(kept).toBe(900 - 100 - 12);
  expect(mask.data[9 * 60 + 9]).toBe(1);
  expect(levels.data[9 * 60 + 9]).toBe(0);
  // So much is kept that all of the rest, together, is as small as a hole.
  const all = laidOut(boxes([[0, 0, 60, 40]], [[0, 0, 2, 3]]));
  expect(all.kept).toBe(2400 - 6);
});

test('each kind of filter has its limit', () => {
  const values = tensor('float32', [1, 10], [0, 0, 0, 0, 1, 2, 8, 9, 10, 10]);
  const limit = (filterType: 'percentage' | 'threshold' | 'otsu', change = {}): number =>
    keepLimit(values, { ...refineDefaults, filterType, ...change });
  expect(limit('threshold', { filterThreshold: 0.6 })).toBe(6);
  expect(limit('percentage', { filterPercentage: 40 })).toBe(2);
  expect(limit('percentage', { filterPercentage: 1 })).toBe(10);
  expect(limit('percentage', { filterPercentage: 100 })).toBe(Number.NEGATIVE_INFINITY);
  const parted = limit('otsu');
  expect(parted).toBeGreaterThan(2);
  expect(parted).toBeLessThan(8);
});

test('a cut-out is transparent outside the mask', () => {
  const two = tensor('uint8', [1, 2, 3], [1, 2, 3, 4, 5, 6]);
  const { shape, data } = cutOutOf(two, tensor('uint8', [1, 2], [0, 1]));
  expect(shape).toEqual([1, 2, 4]);
  expect([...data]).toEqual([0, 0, 0, 0, 4, 5, 6, 255]);
});

test('a cut-out needs a mask of the size of the picture', () => {
  const picture = tensor('uint8', [1, 4, 3]);
  expect(() => cutOutOf(picture, tensor('uint8', [2, 2]))).toThrow(
    'cutOutOf: mask [H, W] and picture [H, W, 3] must have one size, got [2,2] and [1,4,3]',
  );
});
