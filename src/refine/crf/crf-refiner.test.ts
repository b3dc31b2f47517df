import { describe, expect, test } from 'vitest';
import { random } from '../../tensor/random.ts';
import { type FloatMap, type Picture, tensor } from '../../tensor/tensor.ts';
import { otsu } from '../maps/otsu.ts';
import { type NumberEntry, parameterTable, type WordEntry } from '../parameters.ts';
import {
  type CrfRefinement,
  defaultsFor,
  type RefineOptions,
  refine,
  refiner,
  refinerFor,
} from '../pipeline.ts';

const [height, width] = [48, 80];
/** An object of one colour on a background of another. */
const isObject = (i: number): boolean => {
  const [x, y] = [i % width, Math.floor(i / width)];
  return x >= 20 && x < 50 && y >= 12 && y < 36;
};
const pixels = Array.from({ length: height * width }, (_, i) => i);
const image: Picture = tensor(
  'uint8',
  [height, width, 3],
  Uint8Array.from(pixels.flatMap((i) => (isObject(i) ? [200, 60, 40] : [40, 90, 60]))),
);
/** A blurred, noisy map of the object: a spot in its middle. */
const { normal } = random(5);
const high: FloatMap = tensor(
  'float32',
  [height, width],
  Float32Array.from(pixels, (i) => {
    const [dx, dy] = [(i % width) - 35, Math.floor(i / width) - 24];
    return 4 * Math.exp(-(dx * dx + dy * dy) / 300) - 1 + 0.4 * normal();
  }),
);
const low: FloatMap = tensor('float32', [2, 2], [1, 2, 0, -1]);
const crf = (options: RefineOptions = {}): CrfRefinement =>
  refine(image, low, high, { ...options, refiner: 'crf' });
const total = (data: ArrayLike<number>): number => Array.from(data).reduce((sum, v) => sum + v, 0);
const flat = (h: number, w: number, value: number): FloatMap =>
  tensor('float32', [h, w], new Float32Array(h * w).fill(value));

const done = crf();

test("follows the object's outline, which the high-res map lacks", () => {
  expect(done.merged.shape).toEqual([height, width]);
  expect(Math.min(...done.merged.data)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...done.merged.data)).toBeLessThanOrEqual(1);
  const wrong = (map: FloatMap, threshold: number): number =>
    pixels.filter((i) => map.data[i] > threshold !== isObject(i)).length / pixels.length;
  // The best threshold of the high-res map is unknown in practice; that of the CRF's probabilities is always
  // 0.5.
  const best = Math.min(...Array.from({ length: 40 }, (_, t) => wrong(high, -1 + 0.1 * t)));
  expect(wrong(done.merged, 0.5)).toBeLessThan(best / 2);
});

test('returns every step at the size of the cells', () => {
  expect(done).toMatchObject({ refiner: 'crf', flat: [], options: defaultsFor('crf') });
  expect(done.colours.shape).toEqual([64, 64, 3]);
  for (const map of [done.unary, done.affinity, done.probabilities]) expect(map.shape).toEqual([64, 64]);
  const peak = done.peak.y * 64 + done.peak.x;
  expect(done.unary.data[peak]).toBe(Math.max(...done.unary.data));
  expect(done.affinity.data[peak]).toBe(0);
  expect(total(done.affinity.data)).toBeCloseTo(1, 4);
  expect(total(done.result.data)).toBeGreaterThan(0);
  expect(
    done.result.data.every((value, i) => value === (done.kept.data[Math.floor(i / 3)] ? image.data[i] : 0)),
  ).toBe(true);
});

test('weight 0 leaves the unary term; thresholds shift it', () => {
  const alone = crf({ crfWeight: 0, crfLevel: 0 });
  // With a level of 0, the unary term is 0 at the map's lowest value.
  const threshold = otsu(alone.unary) / 6;
  alone.probabilities.data.forEach((q, i) => {
    expect(q).toBeCloseTo(1 / (1 + Math.exp(-alone.unary.data[i])), 6);
    expect(alone.unary.data[i] - done.unary.data[i]).toBeCloseTo(6 * 0.8 * threshold, 5);
  });
  expect(total(crf({ crfLevel: 1.5 }).merged.data)).toBeLessThan(total(done.merged.data));
  expect(crf({ crfSpatial: 0.02 }).merged).not.toEqual(done.merged);
  expect(crf({ crfColour: 80 }).merged).not.toEqual(done.merged);
});

test('gives finite maps at the ends of all parameter ranges', () => {
  const ends = (name: keyof typeof parameterTable): readonly number[] => {
    const entry: WordEntry | NumberEntry = parameterTable[name];
    return 'range' in entry ? entry.range : [];
  };
  for (const crfSpatial of ends('crfSpatial')) {
    for (const crfColour of ends('crfColour')) {
      for (const crfWeight of ends('crfWeight')) {
        for (const crfLevel of ends('crfLevel')) {
          const { merged, probabilities } = crf({
            crfSpatial,
            crfColour,
            crfWeight,
            crfLevel,
            filterPercentage: 1e-300,
          });
          for (const { data } of [merged, probabilities]) expect(data.every(Number.isFinite)).toBe(true);
        }
      }
    }
  }
});

test('keeps exactly the requested share of highest pixels, or those above a threshold', () => {
  for (const filterPercentage of [1, 15, 40, 100]) {
    const { kept, merged } = crf({ filterPercentage });
    expect(total(kept.data)).toBe(Math.ceil((height * width * filterPercentage) / 100));
    const ends = (inside: boolean): number[] =>
      pixels.filter((i) => Boolean(kept.data[i]) === inside).map((i) => merged.data[i]);
    expect(Math.min(...ends(true))).toBeGreaterThanOrEqual(Math.max(...ends(false)));
  }
  const { kept, merged } = crf({ filterType: 'threshold', filterThreshold: 0.7 });
  const [least, most] = [Math.min(...merged.data), Math.max(...merged.data)];
  const cut = least + 0.7 * (most - least);
  for (const i of pixels)
    if (Math.abs(merged.data[i] - cut) > 1e-6) expect(kept.data[i]).toBe(Number(merged.data[i] > cut));
  expect(total(crf({ filterType: 'threshold', filterThreshold: 1 }).kept.data)).toBe(0);
});

test('recomputes only what depends on the change', () => {
  const again = refiner();
  const first = again(image, low, high, { refiner: 'crf' });
  expect(first).toEqual(done);
  const weighed = again(image, low, high, { refiner: 'crf', crfWeight: 1 });
  expect(weighed).toEqual(crf({ crfWeight: 1 }));
  expect([weighed.unary, weighed.colours, weighed.affinity]).toEqual([
    first.unary,
    first.colours,
    first.affinity,
  ]);
  expect(weighed.unary).toBe(first.unary);
  expect(weighed.affinity).toBe(first.affinity);
  const more = again(image, low, high, { refiner: 'crf', crfWeight: 1, filterPercentage: 50 });
  expect(more.merged).toBe(weighed.merged);
  expect(more.kept).not.toBe(weighed.kept);
  // A call of the other refiner in between does not change this one's cache.
  expect(again(image, low, high).refiner).toBe('regions');
  expect(again(image, low, high, { refiner: 'crf', crfWeight: 1 }).merged).toBe(weighed.merged);
});

describe('flat maps', () => {
  test('high: probabilities are 0, and no pixel is kept unless all are requested', () => {
    const options = { refiner: 'crf' } as const;
    const blank = refine(image, low, flat(height, width, 7), options);
    expect(blank.flat).toEqual(['high', 'merged']);
    expect(total(blank.merged.data) + total(blank.kept.data)).toBe(0);
    const threshold = refine(image, low, flat(height, width, 7), {
      ...options,
      filterType: 'threshold',
      filterThreshold: 0,
    });
    expect(total(threshold.kept.data)).toBe(0);
    const all = refine(image, low, flat(height, width, 7), { ...options, filterPercentage: 100 });
    expect(total(all.kept.data)).toBe(height * width);
  });

  test('low: reported as flat but ignored, even without a value above 0', () => {
    const other = refine(image, flat(2, 2, 0), high, { refiner: 'crf' });
    expect(other.flat).toEqual(['low']);
    expect(other.merged).toEqual(done.merged);
  });

  test('refines a map of one pixel', () => {
    const dot = refine(tensor('uint8', [1, 1, 1], [9]), flat(1, 1, 1), flat(1, 1, 3), { refiner: 'crf' });
    expect(dot.flat).toEqual(['low', 'high', 'merged']);
    expect(Array.from(dot.merged.data)).toEqual([0]);
  });

  test('refines two pixels, one of them the object', () => {
    const pair = refine(tensor('uint8', [1, 2, 1], [9, 240]), low, tensor('float32', [1, 2], [-1, 1]), {
      refiner: 'crf',
    });
    expect(pair.merged.data[0]).toBeLessThan(0.25);
    expect(pair.merged.data[1]).toBeGreaterThan(0.75);
  });
});

test('tied expansions and imported classifiers use the CRF, others and half models regions', () => {
  expect(refinerFor(undefined, true)).toBe('crf');
  expect(['tied-cells', 'tied-image', 'reconstruction', undefined].map((one) => refinerFor(one))).toEqual([
    'crf',
    'crf',
    'regions',
    'regions',
  ]);
  expect(refine(image, low, high).refiner).toBe('regions');
});
