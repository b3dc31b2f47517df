import { describe, expect, test } from 'vitest';
import { random } from '../tensor/random.ts';
import { type FloatMap, type Picture, tensor } from '../tensor/tensor.ts';
import { type RefineOptions, refine, refineDefaults, refiner } from './pipeline.ts';

/** A bright spot on a dark background, at a random position, with a little noise. */
function spot(height: number, width: number, seed: number): FloatMap {
  const { normal, uniform } = random(seed);
  const cy = uniform(0.3, 0.7) * height;
  const cx = uniform(0.3, 0.7) * width;
  const r = 0.2 * Math.max(height, width);
  return tensor(
    'float32',
    [height, width],
    Float32Array.from({ length: height * width }, (_, i) => {
      const dy = Math.floor(i / width) - cy;
      const dx = (i % width) - cx;
      return 3 * Math.exp(-(dy * dy + dx * dx) / (2 * r * r)) - 0.5 + 0.05 * normal();
    }),
  );
}
const picture = (height: number, width: number, channels = 3): Picture =>
  tensor('uint8', [height, width, channels], new Uint8Array(height * width * channels).fill(200));
const flat = (height: number, width: number, value: number): FloatMap =>
  tensor('float32', [height, width], new Float32Array(height * width).fill(value));
const total = (data: ArrayLike<number>): number => Array.from(data).reduce((sum, v) => sum + v, 0);

const image = picture(64, 64);
const low = spot(4, 4, 1);
const high = spot(64, 64, 2);

test('accepts any size, grey or colour, and any low-res size', () => {
  const done = refine(picture(48, 80, 1), spot(5, 7, 1), spot(48, 80, 2), { focalScope: 'local' });
  expect(done.result.shape).toEqual([48, 80, 1]);
  expect(done.merged.shape).toEqual([48, 80]);
  expect(done.flat).toEqual([]);
  expect(total(done.result.data)).toBe(200 * total(done.kept.data));
  expect(done.options).toEqual({ ...refineDefaults, focalScope: 'local' });
});

test('does not change its inputs', () => {
  const before = [image, low, high].map((t) => Array.from(t.data));
  refine(image, low, high);
  expect([image, low, high].map((t) => Array.from(t.data))).toEqual(before);
});

test("'merge' is the old name of 'blend', and undefined is the default", () => {
  const done = refine(image, low, high, { mergeType: 'merge', mergeAlpha: undefined });
  expect(done.options).toEqual(refineDefaults);
});

test('recomputes only what depends on the change', () => {
  const again = refiner();
  const first = again(image, low, high);
  expect(first).toEqual(refine(image, low, high));
  const wider = again(image, low, high, { filterPercentage: 30 });
  expect(wider).toEqual(refine(image, low, high, { filterPercentage: 30 }));
  expect(wider.merged).toBe(first.merged);
  expect(wider.kept).not.toBe(first.kept);
  const local = again(image, low, high, { focalScope: 'local' });
  expect(local).toEqual(refine(image, low, high, { focalScope: 'local' }));
  expect([local.edges, local.roi, local.bounds]).toEqual([first.edges, first.roi, first.bounds]);
  expect(local.edges).toBe(first.edges);
  expect(again(image, low, spot(64, 64, 3))).toEqual(refine(image, low, spot(64, 64, 3)));
});

test('keeps the requested share, up to a grey level', () => {
  for (const filterPercentage of [1, 15, 40]) {
    const share = (100 * total(refine(image, low, high, { filterPercentage }).kept.data)) / (64 * 64);
    expect(share).toBeGreaterThan(filterPercentage - 1);
    expect(share).toBeLessThan(filterPercentage + 0.1);
  }
});

describe('flat maps become zeros and are reported', () => {
  test('high', () => {
    const done = refine(image, low, flat(64, 64, 7));
    expect(done.flat).toEqual(['high']);
    expect(done.bounds).toEqual({ lower: 0, upper: 0 });
    expect(total(done.edges.data)).toBe(0);
  });

  test('low: no region of interest, so no segment, and nothing is kept', () => {
    const done = refine(image, flat(4, 4, 2), high);
    expect(done.flat).toEqual(['low', 'merged']);
    expect(total(done.roi.data)).toBe(0);
    expect(total(done.merged.data)).toBe(0);
    expect(total(done.kept.data)).toBe(0);
  });

  test('a flat low-res map without a value above 0 leaves nothing to merge', () => {
    expect(() => refine(image, flat(4, 4, 0), high)).toThrow('both are blank');
  });
});

test('an empty region of interest leaves only the low-res map', () => {
  const done = refine(image, low, high, { roiPercentile: 100 });
  expect(done.bounds).toEqual({ lower: 1, upper: 0 });
  expect(total(done.fullSegment.data)).toBe(0);
  expect(Math.max(...done.merged.data)).toBe(1);
});

test.each<[unknown, string]>([
  [{ roiPercentile: 101 }, 'refine: roiPercentile is in [0, 100], got 101'],
  [{ roiPercentile: Number.NaN }, 'refine: roiPercentile is in [0, 100], got NaN'],
  [{ mergeAlpha: -0.1 }, 'refine: mergeAlpha is in [0, 1], got -0.1'],
  [{ filterPercentage: 0 }, 'refine: filterPercentage is in (0, 100], got 0'],
  [{ filterPercentage: '15' }, 'refine: filterPercentage is in (0, 100], got 15'],
  [{ refiner: 'snake' }, 'refine: refiner is one of regions, crf, got snake'],
  [{ crfLevel: 2.1 }, 'refine: crfLevel is in [0, 2], got 2.1'],
  [{ crfSpatial: 0 }, 'refine: crfSpatial is in [0.005, 1], got 0'],
  [{ crfSpatial: 1e-200 }, 'refine: crfSpatial is in [0.005, 1], got 1e-200'],
  [{ crfColour: 1e-20 }, 'refine: crfColour is in [0.1, 100], got 1e-20'],
  [{ crfColour: 101 }, 'refine: crfColour is in [0.1, 100], got 101'],
  [{ crfWeight: Number.NaN }, 'refine: crfWeight is in [0, 100], got NaN'],
  [{ crfWeight: '3' }, 'refine: crfWeight is in [0, 100], got 3'],
  [{ filterThreshold: 2 }, 'refine: filterThreshold is in [0, 1], got 2'],
  [{ focalScope: 'all' }, 'refine: focalScope is one of global, local, got all'],
  [{ maximaAreas: 'big' }, 'refine: maximaAreas is one of small, large, got big'],
  [{ mergeType: 'add' }, 'refine: mergeType is one of blend, multiply, merge, got add'],
  [{ filterType: 'top' }, 'refine: filterType is one of percentage, threshold, otsu, got top'],
  [{ roi_percentile: 85 }, 'refine: options are refiner, roiPercentile, focalScope'],
])('rejects %j', (options, message) => {
  expect(() => refine(image, low, high, options as RefineOptions)).toThrow(message);
});

test('rejects invalid maps and images', () => {
  const holed = tensor('float32', [4, 4], low.data.slice());
  holed.data[3] = Number.NaN;
  holed.data[9] = Number.POSITIVE_INFINITY;
  expect(() => refine(image, holed, high)).toThrow(
    'refine: the low-res map must be finite, got 2 values that are not',
  );
  expect(() => refine(image, low, flat(64, 64, Number.NaN))).toThrow(
    'refine: the high-res map must be finite, got 4096 values that are not',
  );
  expect(() => refine(picture(64, 32), low, high)).toThrow(
    "refine: the image has the high-res map's size and 1 or 3 channels, [64, 64, 1 or 3], got [64, 32, 3]",
  );
  expect(() => refine(picture(64, 64, 4), low, high)).toThrow('got [64, 64, 4]');
  expect(() => refine(image, tensor('float32', [16], new Float32Array(16)), high)).toThrow(
    'refine: the low-res map: a map must have shape [H, W] with at least one pixel, this one has [16]',
  );
});

test('rejects a low-res map larger than the high-res one, which may be exchanged', () => {
  const picture = tensor('uint8', [4, 4, 3]);
  expect(() => refine(picture, tensor('float32', [8, 8]), tensor('float32', [4, 4]))).toThrow(
    'refine: the low-res map [8, 8] is larger than the high-res map [4, 4]: are the low-res and the high-res',
  );
});
