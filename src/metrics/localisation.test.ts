import { expect, test } from 'vitest';
import { random } from '../tensor/random.ts';
import { type FloatMap, type Mask, tensor } from '../tensor/tensor.ts';
import { differenceIntervals, interval95, resampleWeights, scoreIntervals } from './bootstrap.ts';
import { type Box, boxIou, scaleBox } from './boxes.ts';
import { coarseMask } from './coarse-mask.ts';
import { evaluationMap } from './evaluation-map.ts';
import {
  classLocalisation,
  localisationScores,
  type MapMeasures,
  measureMap,
  prepareTruth,
  resampleScores,
} from './localisation.ts';
import { maskAgreement } from './mask-iou.ts';
import { bestBoxIous, cutOf, maxBoxAccV2 } from './max-box-acc.ts';
import { pxap, scoreHistogram } from './pixel-precision.ts';
import { maskOfBoxes, pointsAt } from './pointing.ts';
import { resizeCubic } from './resize-cubic.ts';
import { resizeMask } from './resize-mask.ts';

const object: Box = [8, 4, 20, 28];
const mask = (): Mask => maskOfBoxes([object], 32, 32);
const truth = prepareTruth({ size: [32, 32], mask: mask() }, 32);
const asMap = ({ shape, data }: Mask): FloatMap => tensor('float32', shape, Float32Array.from(data));

test('a map equal to the mask has perfect scores', () => {
  const scores = localisationScores([measureMap(asMap(mask()), truth)]);
  expect(scores.maxBoxAccV2).toEqual({ value: 1, at: [1, 1, 1], cuts: [0, 0, 0] });
  expect(scores.pxap).toBe(1);
  expect(scores.pointing).toBe(1);
  expect(scores.maskIou).toEqual({ best: 1, threshold: 0.001, half: 1 });
});

test('the inverted map has low scores; a constant map has those of chance', () => {
  const opposite = asMap(mask());
  opposite.data.forEach((value, i) => {
    opposite.data[i] = 1 - value;
  });
  const wrong = localisationScores([measureMap(opposite, truth)]);
  expect(wrong.pointing).toBe(0);
  expect(wrong.pxap).toBeCloseTo((12 * 24) / 1024, 12);
  const flat = measureMap(tensor('float32', [4, 4], new Float32Array(16).fill(7)), truth);
  expect([...new Set(flat.boxIous)]).toEqual([0]);
  expect(localisationScores([flat]).pxap).toBeCloseTo((12 * 24) / 1024, 12);
  // The raw map is as high as its peak everywhere; the mask itself is 0 off the object, its opposite 1.
  expect(flat.background).toBe(1);
  expect(measureMap(asMap(mask()), truth).background).toBe(0);
  expect(measureMap(opposite, truth).background).toBe(1);
});

test('ignored pixels do not affect the scores', () => {
  const ignored = maskOfBoxes([[20, 4, 26, 28]], 32, 32);
  const known = prepareTruth({ size: [32, 32], mask: mask(), ignored }, 32);
  const draw = random(3);
  const one = tensor(
    'float32',
    [32, 32],
    Float32Array.from({ length: 1024 }, () => draw.next()),
  );
  one.data.set([1.5, -0.5]); // the range, of both
  const other = tensor('float32', [32, 32], one.data.slice());
  ignored.data.forEach((value, i) => {
    if (value !== 0) other.data[i] = draw.next();
  });
  const figures = ({ boxIous: _, ...rest }: MapMeasures) => rest;
  expect(figures(measureMap(one, known))).toEqual(figures(measureMap(other, known)));
  expect(figures(measureMap(one, truth))).not.toEqual(figures(measureMap(other, truth)));

  // A map of object and border alike is correct, and points at the object though its peak is on the border.
  const both = asMap(maskOfBoxes([object], 32, 32));
  ignored.data.forEach((value, i) => {
    if (value !== 0) both.data[i] = 2;
  });
  const right = measureMap(both, known);
  expect(right).toMatchObject({ points: true, pointsNear: true, background: 0 });
  expect(localisationScores([right])).toMatchObject({ pxap: 1, maskIou: { best: 1 } });
  expect(measureMap(both, truth).points).toBe(false);
  // The box surrounds only the object.
  expect(known.boxes).toEqual(truth.boxes);
});

test('the best of several boxes counts; a hole has its own contour', () => {
  const map = tensor('float32', [9, 9]);
  for (let i = 2; i <= 6; i++) for (const k of [2, 6]) map.data[9 * i + k] = map.data[9 * k + i] = 1;
  // The ring spans 2 to 6; the contour of its hole has the same pixels.
  expect(bestBoxIous(map, [[2, 2, 7, 7]])[0]).toBe(1);
  expect(
    bestBoxIous(map, [
      [0, 0, 0, 0],
      [2, 2, 7, 7],
    ])[100],
  ).toBe(1);
  map.data[10] = 1;
  expect(bestBoxIous(map, [[1, 1, 7, 7]])[0]).toBe(1);
});

test('boxes', () => {
  expect(boxIou([0, 0, 1, 1], [1, 1, 2, 2])).toBe(1 / 7);
  expect(boxIou([0, 0, 1, 1], [2, 0, 3, 1])).toBe(0);
  expect(scaleBox([3, 0, 10, 7], [10, 7], 224)).toEqual([67, 0, 224, 224]);
  expect(cutOf(999)).toBe(254);
  expect(cutOf(999, 0)).toBe(0);
});

test('all images share one threshold', () => {
  const curve = (cuts: readonly number[]): Float64Array => {
    const out = new Float64Array(255);
    for (const cut of cuts) out[cut] = 0.6;
    return out;
  };
  const found = maxBoxAccV2([curve([3, 9]), curve([9]), curve([3]), curve([3, 200])]);
  expect(found).toEqual({ value: 0.5, at: [0.75, 0.75, 0], cuts: [3, 3, 0] });
  expect(maxBoxAccV2([curve([3]), curve([9])], [0, 2])).toEqual({
    value: 2 / 3,
    at: [1, 1, 0],
    cuts: [9, 9, 0],
  });
});

test('PxAP: precision times the step in recall', () => {
  const map = tensor('float32', [1, 4], [1, 0.75, 0.5, 0]);
  const histogram = scoreHistogram(map, tensor('uint8', [1, 4], [1, 0, 1, 0]));
  expect(pxap([histogram])).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 14);
  expect(pxap([histogram, undefined])).toBe(pxap([histogram]));
  expect(pxap([])).toBeNaN();
});

test('pointing: the tolerance is a circle', () => {
  const map = tensor('float32', [5, 5]);
  map.data[12] = 2;
  const at = (place: number): Mask => {
    const out = tensor('uint8', [5, 5]);
    out.data[place] = 1;
    return out;
  };
  expect(pointsAt(map, at(12))).toBe(true);
  expect(pointsAt(map, at(13))).toBe(false);
  expect(pointsAt(map, at(13), 1)).toBe(true);
  expect(pointsAt(map, at(18), 1)).toBe(false);
  expect(pointsAt(map, at(18), 1.5)).toBe(true);
  expect(pointsAt(map, at(24), 2.8)).toBe(false);
});

test('boxes only: pointing uses filled boxes, and there are no pixel measures', () => {
  const boxed = prepareTruth({ size: [64, 64], boxes: [[16, 8, 40, 56]] }, 32);
  expect(boxed.object).toEqual(mask());
  const scores = localisationScores([measureMap(asMap(mask()), boxed)]);
  expect(scores.pxap).toBeUndefined();
  expect(scores.maskIou).toBeUndefined();
  expect(scores.maxBoxAccV2.value).toBe(1);
  expect(classLocalisation([measureMap(asMap(mask()), boxed)], [0, 0, 0])).toEqual({
    images: 1,
    maxBoxAccV2: 1,
    pxap: undefined,
    pointing: 1,
  });
});

test('cubic resizing keeps constants and maps of the same size, and overshoots', () => {
  const map = tensor('float32', [2, 2], [0, 1, 0, 1]);
  expect(resizeCubic(map, 2, 2)).toBe(map);
  const large = resizeCubic(map, 2, 8).data;
  expect(Math.max(...large)).toBeGreaterThan(1);
  expect([...evaluationMap(tensor('float32', [3, 3], new Float32Array(9).fill(0.1)), 7).data]).toEqual(
    Array(49).fill(0),
  );
  expect([...resizeMask(tensor('uint8', [1, 3], [255, 0, 255]), 1, 6).data]).toEqual([1, 1, 0, 0, 1, 1]);
});

test('the coarse mask has the share of the mask in each cell', () => {
  expect([...coarseMask(mask(), 2, 2).data]).toEqual([
    (8 * 12) / 256,
    (4 * 12) / 256,
    (8 * 12) / 256,
    (4 * 12) / 256,
  ]);
  // Three pixels in two cells: the middle one counts in both.
  expect([...coarseMask(tensor('uint8', [1, 3], [1, 1, 0]), 1, 2).data]).toEqual([1, Math.fround(1 / 3)]);
});

test('intervals are seeded, contain the value, and are paired for differences', () => {
  const draw = random(5);
  const measures = (share: number): MapMeasures[] =>
    Array.from({ length: 60 }, (_, i) =>
      measureMap(
        i < 60 * share
          ? asMap(mask())
          : tensor(
              'float32',
              [8, 8],
              Float32Array.from({ length: 64 }, () => draw.next()),
            ),
        truth,
      ),
    );
  const weights = resampleWeights(60, 200, 3);
  expect(weights).toEqual(resampleWeights(60, 200, 3));
  expect(weights).not.toEqual(resampleWeights(60, 200, 4));
  for (const weight of weights) expect(weight.reduce((sum, n) => sum + n, 0)).toBe(60);
  const [good, poor] = [measures(0.9), measures(0.3)];
  const [a, b] = [good, poor].map((of) => resampleScores(of, weights));
  const { pointing } = scoreIntervals(a);
  expect(pointing[0]).toBeLessThan(localisationScores(good).pointing);
  expect(pointing[1]).toBeGreaterThanOrEqual(localisationScores(good).pointing);
  expect(differenceIntervals(a, b).maxBoxAccV2[0]).toBeGreaterThan(0);
  const zero = [0, 0];
  expect(differenceIntervals(a, a)).toEqual({
    maxBoxAccV2: zero,
    pxap: zero,
    pointing: zero,
    background: zero,
  });
  // Every image once gives the figure itself.
  const once = resampleScores(good, [new Uint16Array(60).fill(1)]);
  expect(once.maxBoxAccV2[0]).toBe(localisationScores(good).maxBoxAccV2.value);
  expect(once.pxap[0]).toBe(localisationScores(good).pxap);
  expect(once.background[0]).toBe(localisationScores(good).background?.median);
});

test('percentiles', () => {
  expect(interval95(Array.from({ length: 41 }, (_, i) => 40 - i))).toEqual([1, 39]);
  expect(interval95([2, Number.NaN])).toEqual([2, 2]);
  expect(interval95([])).toEqual([Number.NaN, Number.NaN]);
});

test('rejects invalid arguments', () => {
  const map = tensor('float32', [2, 2], [0, 0.5, 0.5, 1]);
  expect(() => prepareTruth({ size: [2, 2] })).toThrow('a box or a mask with an object is needed, got none');
  expect(() => prepareTruth({ size: [2, 2], mask: tensor('uint8', [2, 2]) })).toThrow('got none');
  expect(() => bestBoxIous(map, [])).toThrow('at least one true box is needed, got 0');
  expect(() => bestBoxIous(tensor('float32', [1, 2], [0, 2]), [object])).toThrow('in [0, 1], got 2');
  expect(() => bestBoxIous(tensor('float32', [1, 2], [0, 0.4]), [object])).toThrow(
    "the map's maximum must be 1, got 0.4",
  );
  expect(() => evaluationMap(tensor('float32', [1, 2], [0, Number.NaN]))).toThrow(
    'finite values only, got NaN',
  );
  expect(() => scoreHistogram(map, tensor('uint8', [2, 3]))).toThrow(
    'must have one size, got [2,2] and [2,3]',
  );
  expect(() => pointsAt(map, tensor('uint8', [2, 3]))).toThrow('must have one size');
  expect(() => maxBoxAccV2([])).toThrow('maxBoxAccV2: there are no images');
  expect(() => maskAgreement([])).toThrow('maskAgreement: there are no images');
  expect(() => resizeCubic(map, 0, 2)).toThrow('whole numbers >= 1, got 0 x 2');
});

test('a mask of another size than the picture is refused without boxes, which come from it', () => {
  const mask = tensor('uint8', [2, 3], Uint8Array.of(1, 1, 0, 0, 0, 0));
  expect(prepareTruth({ size: [3, 2], mask }, 6).boxes).toEqual([[0, 0, 4, 3]]);
  expect(() => prepareTruth({ size: [2, 3], mask })).toThrow(
    'prepareTruth: without boxes, the mask [H, W] must have the size [3, 2], got [2,3]',
  );
});

test('resampling needs at least one image', () => {
  expect(() => resampleWeights(0, 10, 0)).toThrow('resampleWeights: at least one image is needed, got 0');
});
