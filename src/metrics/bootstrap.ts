/**
 * Confidence intervals for other images of the same kind: percentile intervals by resampling images. Source:
 * Efron, Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13.
 */
import { random } from '../tensor/random.ts';

/** A 95 % interval. */
export type Interval = readonly [low: number, high: number];

/**
 * How often each image occurs in each of the resamples, each with as many draws with replacement as there are
 * images. With the same resamples for all methods, their differences are paired.
 * @param images number of images, >= 1
 * @param resamples number of resamples, >= 1
 * @param seed a whole number; the same seed gives the same resamples
 * @returns `[resamples]`, each `[images]`, whose sum is `images`
 * @throws when there are no images
 * @example
 * ```ts
 * import { interval95, resampleWeights } from 'high-res-mapping/metrics';
 *
 * const found = [1, 1, 1, 0, 1, 0, 1, 1]; // whether the object was found, of 8 images: 75 %
 * const weights = resampleWeights(8, 1000, 0);
 * console.log(weights[0].join(' ')); //=> 1 1 1 2 1 1 0 1
 * const shares = weights.map((times) => found.reduce((sum, one, i) => sum + one * times[i], 0) / 8);
 * console.log(interval95(shares)); //=> [ 0.375, 1 ]
 * ```
 */
export function resampleWeights(images: number, resamples: number, seed: number): Uint16Array[] {
  if (!(images >= 1)) throw new Error(`resampleWeights: at least one image is needed, got ${images}`);
  const draw = random(seed);
  return Array.from({ length: resamples }, () => {
    const weights = new Uint16Array(images);
    for (let i = 0; i < images; i++) weights[draw.integer(images)]++;
    return weights;
  });
}

/**
 * The interval from the 2.5th to the 97.5th percentile, interpolated linearly.
 * @param values in any order and unit; NaN values are left out
 * @returns `[low, high]`, in the values' unit; both NaN if there are no values
 * @example
 * ```ts
 * import { interval95 } from 'high-res-mapping/metrics';
 *
 * const accuracies = Array.from({ length: 101 }, (_, i) => i); // 0, 1, ... 100, one for each resample
 * console.log(interval95(accuracies)); //=> [ 2.5, 97.5 ]
 * ```
 */
export function interval95(values: ArrayLike<number>): Interval {
  const sorted = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
  };
  return sorted.length === 0 ? [Number.NaN, Number.NaN] : [at(0.025), at(0.975)];
}

/** A value for each resample, of each figure; NaN if it has none. */
export type Resampled<Figure extends string> = Readonly<Record<Figure, Float64Array>>;

/** An interval for each figure that has values. */
export type Intervals<Values> = { readonly [Figure in keyof Values]: Interval };

/**
 * 95 % intervals of the figures, by `interval95`.
 * @param resampled from `resampleScores` or `resampleGrid`
 * @returns an interval for each figure that has values
 * @example
 * ```ts
 * import { resampleGrid, resampleWeights, scoreIntervals } from 'high-res-mapping/metrics';
 *
 * const onMosaics = [1, 0.5, 0.75, 0.25].map((share) => [{ share, peak: true, silent: false }]);
 * const { gridShare, gridPeak } = scoreIntervals(resampleGrid(onMosaics, resampleWeights(4, 1000, 0)));
 * console.log(gridShare.map((value) => value.toFixed(2))); //=> [ '0.38', '0.88' ]
 * console.log(gridPeak); //=> [ 1, 1 ]
 * ```
 */
export function scoreIntervals<Values extends Partial<Resampled<string>>>(
  resampled: Values,
): Intervals<Values> {
  return intervals(resampled, (values) => values);
}

/**
 * 95 % intervals of the figures' differences between two methods, `one - other`, resample by resample. An
 * interval that leaves out 0 is a difference that chance seldom gives.
 * @param one from `resampleScores` or `resampleGrid`
 * @param other the same figures of the other method, with the same weights
 * @returns an interval for each figure of `one`; `[NaN, NaN]` where `other` lacks it
 * @example
 * ```ts
 * import { differenceIntervals, resampleGrid, resampleWeights } from 'high-res-mapping/metrics';
 *
 * const shares = [1, 0.5, 0.75, 0.25]; // of a method's map on four mosaics
 * const maps = shares.map((share) => [{ share, peak: true, silent: false }]);
 * const others = shares.map((share) => [{ share: share / 2, peak: true, silent: false }]);
 * const weights = resampleWeights(4, 1000, 0); // the same for both: the difference is paired
 * const { gridShare } = differenceIntervals(resampleGrid(maps, weights), resampleGrid(others, weights));
 * console.log(gridShare.map((value) => value.toFixed(2))); //=> [ '0.19', '0.44' ]
 * ```
 */
export function differenceIntervals<Values extends Partial<Resampled<string>>>(
  one: Values,
  other: Values,
): Intervals<Values> {
  return intervals(one, (values, figure) =>
    values.map((value, i) => value - (other[figure]?.[i] ?? Number.NaN)),
  );
}

function intervals<Values extends Partial<Resampled<string>>>(
  resampled: Values,
  of: (values: Float64Array, figure: string) => Float64Array,
): Intervals<Values> {
  const entries = Object.entries(resampled).flatMap(([figure, values]) =>
    values ? [[figure, interval95(of(values, figure))]] : [],
  );
  return Object.fromEntries(entries) as Intervals<Values>;
}
