import { type FloatMap, mapSize, type Picture } from '../tensor/tensor.ts';
import { cacheLast } from './cache-last.ts';
import { crfRefiner } from './crf/crf-refiner.ts';
import { checkLarger, type Sized } from './map-sizes.ts';
import { type Extremes, extremes, isFlat } from './maps/scale.ts';
import { completeOptions, type RefineOptions } from './parameters.ts';
import type { CrfRefinement, Refinement, RegionRefinement } from './refinement.ts';
import { regionRefiner } from './regions/region-refiner.ts';

export { defaultsFor, type RefineOptions, type Refiner, refineDefaults, refinerFor } from './parameters.ts';
export type { CrfRefinement, Refinement, RegionRefinement } from './refinement.ts';

/**
 * Refines a class activation map with the refiner of `options.refiner`: by regions, which takes the class's
 * position from the low-res map and the object's outline from the edges of the high-res map
 * (`region-refiner.ts`), or by a dense CRF, which takes the position from the high-res map and the outline
 * from the picture's colours (`crf-refiner.ts`).
 *
 * @param image uint8 `[H, W, C]`, C = 1 or 3
 * @param low the low-res class activation map, any finite values, `[h, w]`, not larger than the high-res map.
 * The CRF ignores it.
 * @param high the high-res class activation map, any finite values, `[H, W]`
 * @throws when a size, a value or an option is invalid, or, with regions, when segment and low-res map are
 * both blank
 */
export function refine(
  image: Picture,
  low: FloatMap,
  high: FloatMap,
  options: RefineOptions & { refiner: 'crf' },
): CrfRefinement;
export function refine(
  image: Picture,
  low: FloatMap,
  high: FloatMap,
  options?: RefineOptions & { refiner?: 'regions' },
): RegionRefinement;
export function refine(image: Picture, low: FloatMap, high: FloatMap, options?: RefineOptions): Refinement;
export function refine(image: Picture, low: FloatMap, high: FloatMap, options?: RefineOptions): Refinement {
  return refiner()(image, low, high, options);
}

/**
 * `refine` with a cache for calls that differ little, as when one option changes: a step whose inputs are
 * identical to those of the previous call returns the previous result. Inputs and results must not be written
 * to.
 */
export function refiner(): typeof refine {
  const checks = { low: cacheLast(finiteExtremes), high: cacheLast(finiteExtremes) };
  const refiners = { regions: regionRefiner(), crf: crfRefiner() };
  const run = (image: Picture, low: FloatMap, high: FloatMap, options: RefineOptions = {}): Refinement => {
    const complete = completeOptions(options);
    const lowEnds = checks.low(low, 'low');
    const highEnds = checks.high(high, 'high');
    const [height, width] = high.shape;
    checkLarger(sized('refine: the low-res map', low), sized('the high-res map', high));
    checkImage(image, height, width);
    const done = refiners[complete.refiner]({ image, low, high, highEnds, options: complete });
    const flat = {
      low: lowEnds.min === lowEnds.max,
      high: highEnds.min === highEnds.max,
      merged: isFlat(done.merged),
    };
    return { ...done, flat: (['low', 'high', 'merged'] as const).filter((name) => flat[name]) };
  };
  // The result's type depends on `options.refiner`, as the overloads declare.
  return run as typeof refine;
}

/**
 * The extremes of a map given by a caller.
 * @throws when it is not a map of finite float32 values
 */
function finiteExtremes(map: FloatMap, name: 'low' | 'high'): Extremes {
  mapSize(map, `refine: the ${name}-res map`);
  if (map.dtype !== 'float32') {
    throw new Error(`refine: the ${name}-res map is float32, got ${map.dtype}`);
  }
  const ends = extremes(map.data);
  if (!Number.isFinite(ends.min) || !Number.isFinite(ends.max)) {
    const bad = map.data.reduce((count, value) => count + Number(!Number.isFinite(value)), 0);
    throw new Error(`refine: the ${name}-res map must be finite, got ${bad} values that are not`);
  }
  return ends;
}

function sized(name: string, { shape: [height, width] }: FloatMap): Sized {
  return { name, height, width };
}

function checkImage(image: Picture, height: number, width: number): void {
  const [h, w, channels] = image.shape;
  if (image.shape.length !== 3 || h !== height || w !== width || (channels !== 1 && channels !== 3)) {
    throw new Error(
      `refine: the image has the high-res map's size and 1 or 3 channels, [${height}, ${width}, 1 or 3], got [${image.shape.join(', ')}]`,
    );
  }
  if (image.dtype !== 'uint8') throw new Error(`refine: the image is uint8, got ${image.dtype}`);
}
