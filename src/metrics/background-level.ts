/** How high a raw map is off the object, that is, how well its zero separates object and background. */

import type { FloatMap, Mask } from '../tensor/tensor.ts';
import { checkSizes } from './check-sizes.ts';
import { checkFinite } from './evaluation-map.ts';

/**
 * The background's level: the median of a map off the object, divided by its largest value. 0 is best: no
 * evidence off the object; 1: the map is as high there as anywhere; negative: evidence against the class.
 * @param map float32 `[h, w]`, raw
 * @param object uint8 `[h, w]`, not 0 on the object
 * @param ignored uint8 `[h, w]`, not 0 on pixels that are left out, both for the median and for the largest
 * value
 * @returns undefined if the largest value is not above 0, or the object fills the picture
 * @throws when the sizes differ, or a value is not finite
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import { backgroundLevel } from 'high-res-mapping/metrics';
 *
 * const map = tensor('float32', [2, 2], [8, 1, 2, 4]);
 * const object = tensor('uint8', [2, 2], [1, 0, 0, 0]); // the upper left pixel
 * console.log(backgroundLevel(map, object)); //=> 0.25
 * ```
 */
export function backgroundLevel(map: FloatMap, object: Mask, ignored?: Mask): number | undefined {
  checkSizes(map, { object, ignored }, 'backgroundLevel');
  checkFinite(map, 'backgroundLevel');
  const counts = (i: number): boolean => ignored === undefined || ignored.data[i] === 0;
  const peak = map.data.reduce((most, value, i) => (counts(i) ? Math.max(most, value) : most), -Infinity);
  const off = map.data.filter((_, i) => object.data[i] === 0 && counts(i));
  if (!(peak > 0) || off.length === 0) return undefined;
  return median(off) / peak;
}

/** A method's background levels, over the images whose maps have one. */
export interface BackgroundLevels {
  readonly median: number;
  /** Sensitive to maps whose largest value is near 0. */
  readonly mean: number;
  /** Number of images that have a level. */
  readonly images: number;
}

/**
 * Median and mean of a method's background levels.
 * @param levels from `backgroundLevel`, one for each image
 * @returns undefined if no image has one
 * @example
 * ```ts
 * import { backgroundLevels } from 'high-res-mapping/metrics';
 *
 * const levels = [0, 0.25, undefined, 1.25]; // of four images, from backgroundLevel
 * console.log(backgroundLevels(levels)); //=> { median: 0.25, mean: 0.5, images: 3 }
 * ```
 */
export function backgroundLevels(levels: readonly (number | undefined)[]): BackgroundLevels | undefined {
  const known = levels.filter((level) => level !== undefined);
  if (known.length === 0) return undefined;
  return {
    median: median(known),
    mean: known.reduce((sum, level) => sum + level, 0) / known.length,
    images: known.length,
  };
}

/**
 * The median level on each resample of the images; NaN if none of its images has a level.
 * @param weights from `resampleWeights`
 */
export function resampleBackground(
  levels: readonly (number | undefined)[],
  weights: readonly ArrayLike<number>[],
): Float64Array {
  const sorted = levels
    .flatMap((level, image) => (level === undefined ? [] : [{ level, image }]))
    .sort((a, b) => a.level - b.level);
  return Float64Array.from(weights, (weight) =>
    middleOf(sorted.flatMap(({ level, image }) => Array<number>(weight[image]).fill(level))),
  );
}

function median(values: ArrayLike<number>): number {
  return middleOf(Float64Array.from(values).sort());
}

/** The median: the middle value, or the mean of the two middle ones; NaN for none. */
function middleOf(sorted: ArrayLike<number>): number {
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}
