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
 * Refines a class activation map with the refiner of `options.refiner`: by regions, which takes the
 * class's position from the low-res map and the object's outline from the edges of the high-res map
 * (`region-refiner.ts`), or by a dense CRF, which takes the position from the high-res map and the outline
 * from the picture's colours (`crf-refiner.ts`).
 *
 * @param image uint8 `[H, W, C]`, C = 1 or 3
 * @param low the low-res class activation map, any finite values, `[h, w]`, not larger than the high-res
 * map. The CRF ignores it.
 * @param high the high-res class activation map, any finite values, `[H, W]`
 * @param options default `refineDefaults`: by regions
 * @returns every step; above all `merged`, the refined map `[H, W]`, and `kept`, the mask `[H, W]`
 * @throws when a size, a value or an option is invalid, or, with regions, when segment and low-res map are
 * both blank
 * @example
 * ```ts
 * import { refine, tensor } from 'high-res-mapping';
 *
 * const picture = tensor('uint8', [64, 64, 3]); // black, with a white square of 32 x 32 pixels in the middle
 * for (let y = 16; y < 48; y++) picture.data.fill(255, 3 * (64 * y + 16), 3 * (64 * y + 48));
 * const far = (i = 0) => Math.hypot((i % 64) - 31.5, Math.floor(i / 64) - 31.5); // from the middle
 * const cone = Array.from({ length: 64 * 64 }, (_, i) => Math.max(0, 1 - far(i) / 28)); // a round map
 * const high = tensor('float32', [64, 64], cone);
 * const { kept } = refine(picture, high, high, { refiner: 'crf' });
 * console.log(kept.data.filter((value) => value === 1).length, 32 * 32); //=> 1024 1024
 * ```
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
 * @example
 * ```ts
 * import { random, refiner, renderScene, tensor } from 'high-res-mapping';
 *
 * const { picture, mask } = renderScene({ shape: 'star', size: 64, random: random(1) });
 * const high = tensor('float32', [64, 64], [...mask.data]); // a perfect map
 * const refine = refiner();
 * const first = refine(picture, high, high, { refiner: 'crf' });
 * const second = refine(picture, high, high, { refiner: 'crf', filterType: 'percentage' }); // keeps 15 %
 * console.log(second.merged === first.merged, second.kept === first.kept); //=> true false
 * const shares = [first, second].map(({ kept: { data } }) => data.filter(Boolean).length / data.length);
 * console.log(shares.map((share) => share.toFixed(2)).join(' ')); //=> 0.13 0.15
 * ```
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
