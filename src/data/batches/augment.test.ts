import { expect, test } from 'vitest';
import { random } from '../../tensor/random.ts';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import {
  type Affine,
  type Augmentation,
  type AugmentationRanges,
  applyAugmentation,
  defaultRanges,
  drawAugmentation,
} from './augment.ts';

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
const map = (rows: number[][]): Picture => tensor('uint8', [rows.length, rows[0].length], rows.flat());
const rows = ({ shape: [h, w], data }: Picture): number[][] =>
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

test.each(modes)('translates by a share of the size, with 0 outside, %s', (interpolation) => {
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

test('half a pixel, bilinear: averages neighbours, with 0 outside, and rounds', () => {
  const tens = map([[10, 20, 30]]);
  const moved = applyAugmentation(tens, affine({ translateX: 0.5 / 3, interpolation: 'bilinear' }));
  expect(rows(moved)).toEqual([[5, 15, 25]]);
  const back = applyAugmentation(tens, affine({ translateX: -0.5 / 3, interpolation: 'bilinear' }));
  expect(rows(back)).toEqual([[15, 25, 15]]);
  const odd = applyAugmentation(map([[10, 21]]), affine({ translateX: 0.25, interpolation: 'bilinear' }));
  expect(rows(odd)).toEqual([[5, 16]]);
});

test('scaling enlarges about the centre', () => {
  const wide = applyAugmentation(
    map([[0, 10, 20, 30, 40]]),
    affine({ scaleX: 2, interpolation: 'bilinear' }),
  );
  expect(rows(wide)).toEqual([[10, 15, 20, 25, 30]]);
});

test.each(modes)('every pixel comes from where the inverse transform points, %s', (interpolation) => {
  const draws = random(11);
  for (const [height, width, channels] of [
    [17, 31, 3],
    [8, 5, 1],
    [1, 1, 3],
  ]) {
    const shape = [height, width, channels];
    const picture = tensor(
      'uint8',
      shape,
      Uint8Array.from({ length: height * width * channels }, () => draws.integer(256)),
    );
    const at = (x: number, y: number, k: number): number =>
      x < 0 || y < 0 || x >= width || y >= height ? 0 : picture.data[(y * width + x) * channels + k];
    for (let i = 0; i < 40; i++) {
      const { affine: drawn = still, flip } = drawAugmentation(draws);
      const { scaleX, scaleY, translateX, translateY, rotate, shear } = drawn;
      const out = applyAugmentation(picture, { affine: { ...drawn, interpolation }, flip });
      const [angle, tan] = [(rotate * Math.PI) / 180, Math.tan((shear * Math.PI) / 180)];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          // Undone in turn: flip, translation, rotation, shear, scale; about the centre.
          const qx = (flip ? width - 1 - x : x) - (width - 1) / 2 - translateX * width;
          const qy = y - (height - 1) / 2 - translateY * height;
          const ry = -qx * Math.sin(angle) + qy * Math.cos(angle);
          const rx = qx * Math.cos(angle) + qy * Math.sin(angle) + tan * ry;
          const px = rx / scaleX + (width - 1) / 2;
          const py = ry / scaleY + (height - 1) / 2;
          const [sx, sy] = [Math.floor(px), Math.floor(py)];
          const [fx, fy] = [px - sx, py - sy];
          for (let k = 0; k < channels; k++) {
            const got = out.data[(y * width + x) * channels + k];
            if (interpolation === 'nearest') {
              // Halfway between two pixels, either will do.
              const near = [0, 1e-9].map((e) => at(Math.round(px - e), Math.round(py - e), k));
              expect(near).toContain(got);
            } else {
              const upper = (1 - fx) * at(sx, sy, k) + fx * at(sx + 1, sy, k);
              const lower = (1 - fx) * at(sx, sy + 1, k) + fx * at(sx + 1, sy + 1, k);
              expect(Math.abs(got - ((1 - fy) * upper + fy * lower))).toBeLessThan(0.55);
            }
          }
        }
      }
    }
  }
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

test('flips after the transform and keeps channels together', () => {
  const flipped = applyAugmentation(tensor('uint8', [1, 2, 3], [1, 2, 3, 4, 5, 6]), { flip: true });
  expect([...flipped.data]).toEqual([4, 5, 6, 1, 2, 3]);
  const both = applyAugmentation(nine, affine({ rotate: 90 }, true));
  expect(rows(both)).toEqual([
    [1, 4, 7],
    [2, 5, 8],
    [3, 6, 9],
  ]);
});

test('every augmentation keeps shape, type and range, and does not change its input', () => {
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

const drawn = (ranges: Partial<AugmentationRanges>): Augmentation[] => {
  const draws = random(5);
  return Array.from({ length: 1000 }, () => drawAugmentation(draws, { ...defaultRanges, ...ranges }));
};
const noMoves = { rotate: 0, shift: 0, scale: 0, shear: 0 };

test('each range is independent: 0 switches it off and leaves the other draws unchanged', () => {
  const all = drawn({});
  for (const [range, keys] of [
    ['rotate', { rotate: 0 }],
    ['shift', { translateX: 0, translateY: 0 }],
    ['scale', { scaleX: 1, scaleY: 1 }],
    ['shear', { shear: 0 }],
  ] as const) {
    const without = drawn({ [range]: 0 });
    expect(without).toEqual(
      all.map(({ affine: a, flip }) => (a ? { affine: { ...a, ...keys }, flip } : { flip })),
    );
  }
  expect(drawn({ flip: false }).some(({ flip }) => flip)).toBe(false);
  expect(drawn(noMoves)).toEqual(all.map(({ flip }) => ({ flip })));
  const turns = drawn({ rotate: 10 }).map(({ affine: a }) => a?.rotate ?? 0);
  expect(Math.max(...turns)).toBeGreaterThan(9);
  expect(Math.max(...turns)).toBeLessThanOrEqual(10);
});

test('colours and crops are drawn for all pictures, in their ranges', () => {
  const colours = drawn({ brightness: 0.3, saturation: 1 }).map(({ colour }) => colour);
  const of = (key: 'brightness' | 'contrast' | 'saturation'): number[] =>
    colours.map((one) => one?.[key] ?? Number.NaN);
  const span = (values: number[]): number[] => [Math.min(...values), Math.max(...values)];
  const [[darkest, brightest], contrasts, [grey, vivid]] = [
    of('brightness'),
    of('contrast'),
    of('saturation'),
  ].map(span);
  expect(darkest).toBeGreaterThanOrEqual(0.7);
  expect(darkest).toBeLessThan(0.71);
  expect(brightest).toBeGreaterThan(1.29);
  expect(contrasts).toEqual([1, 1]);
  expect(grey).toBeLessThan(0.01);
  expect(vivid).toBeGreaterThan(1.99);
  for (const { crop } of drawn({ cropScale: 0.25 })) {
    const { left, top, side } = crop ?? { left: -1, top: -1, side: 0 };
    expect(side).toBeGreaterThanOrEqual(0.5);
    expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
    expect(Math.max(left, top) + side).toBeLessThanOrEqual(1);
  }
});

test('changes brightness, contrast about the mean grey, saturation about the grey of the pixel', () => {
  const colour = { brightness: 1, contrast: 1, saturation: 1 };
  const picture = tensor('uint8', [1, 2, 3], [200, 100, 0, 50, 50, 50]);
  const of = (change: Partial<typeof colour>): number[] => [
    ...applyAugmentation(picture, { flip: false, colour: { ...colour, ...change } }).data,
  ];
  expect(of({})).toEqual([...picture.data]);
  expect(of({ brightness: 0.5 })).toEqual([100, 50, 0, 25, 25, 25]);
  expect(of({ brightness: 2 })).toEqual([255, 200, 0, 100, 100, 100]);
  // The first pixel's grey is 0.299 * 200 + 0.587 * 100 = 118.5, the mean of both 84.25.
  expect(of({ saturation: 0 })).toEqual([118, 118, 118, 50, 50, 50]);
  expect(of({ contrast: 0 })).toEqual([84, 84, 84, 84, 84, 84]);
  expect(of({ contrast: 0.5 })).toEqual([142, 92, 42, 67, 67, 67]);
  const grey = tensor('uint8', [1, 2, 1], [100, 50]);
  expect([...applyAugmentation(grey, { flip: false, colour: { ...colour, saturation: 0 } }).data]).toEqual([
    100, 50,
  ]);
  expect([...picture.data]).toEqual([200, 100, 0, 50, 50, 50]);
});

test('enlarges a crop to the whole picture, before a transform and a flip', () => {
  const slope = map([
    [0, 40, 80, 120],
    [4, 44, 84, 124],
  ]);
  const of = (crop: Augmentation['crop'], more: Partial<Augmentation> = {}): number[][] =>
    rows(applyAugmentation(slope, { crop, flip: false, ...more }));
  const left = [
    [0, 20, 40, 60],
    [2, 22, 42, 62],
  ];
  expect(of({ left: 0, top: 0, side: 0.5 })).toEqual(left);
  expect(of({ left: 0.5, top: 0.5, side: 0.5 })).toEqual([
    [62, 82, 102, 122],
    [64, 84, 104, 124],
  ]);
  expect(of({ left: 0, top: 0, side: 0.5 }, { flip: true })).toEqual(left.map((row) => row.toReversed()));
  const turned = { affine: { ...still, rotate: 180, interpolation: 'bilinear' } } as const;
  expect(of({ left: 0, top: 0, side: 0.5 }, turned)).toEqual(
    left.toReversed().map((row) => row.toReversed()),
  );
});

test('rejects another shape', () => {
  expect(() => applyAugmentation(tensor('uint8', [4]), { flip: true })).toThrow('this one [4]');
  expect(() => applyAugmentation(tensor('uint8', [4, 4, 2]), { flip: true })).toThrow('this one [4,4,2]');
});
