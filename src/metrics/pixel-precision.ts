/**
 * PxAP, pixel average precision: how well a map's values separate the object's pixels from all others, over
 * all thresholds.
 * Source: Choe, Oh, Lee, Chun, Akata, Shim, *Evaluating Weakly Supervised Object Localization Methods Right*,
 * CVPR 2020, with the conventions of its evaluation code.
 */

import type { FloatMap, Mask } from '../tensor/tensor.ts';
import { checkSizes } from './check-sizes.ts';
import { threshold, thresholdCount } from './max-box-acc.ts';

/**
 * Number of score bins: from each of the 1000 thresholds to the next, the last of them to 1, and 1 itself.
 */
export const scoreBins: number = thresholdCount + 1;

/** Number of pixels with a score in each bin, lowest first; `[1001]` each. */
export interface ScoreHistogram {
  /** Pixels of the object. */
  readonly inside: Float64Array;
  /** Pixels of the background. */
  readonly outside: Float64Array;
}

/**
 * Counts a map's scores.
 * @param map from `evaluationMap`, in [0, 1]
 * @param mask of the same size, from `resizeMask`
 * @param ignored of the same size, not 0 on pixels that are left out
 * @throws when the sizes differ, or a score is out of range
 */
export function scoreHistogram(map: FloatMap, mask: Mask, ignored?: Mask): ScoreHistogram {
  checkSizes(map, { mask, ignored }, 'scoreHistogram');
  const inside = new Float64Array(scoreBins);
  const outside = new Float64Array(scoreBins);
  for (let i = 0; i < map.data.length; i++) {
    const score = map.data[i];
    if (!(score >= 0 && score <= 1))
      throw new Error(`scoreHistogram: scores must be in [0, 1], got ${score}`);
    if (ignored !== undefined && ignored.data[i] !== 0) continue;
    (mask.data[i] !== 0 ? inside : outside)[binOf(score)]++;
  }
  return { inside, outside };
}

/** The lower edge of each bin, and 2 after the last. */
const edges = Float64Array.from({ length: scoreBins + 1 }, (_, bin) =>
  bin < thresholdCount ? threshold(bin) : bin - thresholdCount + 1,
);

/** The last bin whose lower edge is at most the score. */
function binOf(score: number): number {
  let bin = Math.trunc(score * thresholdCount);
  while (edges[bin] > score) bin--;
  while (edges[bin + 1] <= score) bin++;
  return bin;
}

/**
 * The sum of the histograms of all images that have one.
 * @param weights how often each image counts; default 1
 */
function sumHistograms(
  histograms: readonly (ScoreHistogram | undefined)[],
  weights?: ArrayLike<number>,
): ScoreHistogram {
  const inside = new Float64Array(scoreBins);
  const outside = new Float64Array(scoreBins);
  for (const [i, histogram] of histograms.entries()) {
    const weight = weights?.[i] ?? 1;
    if (weight === 0 || histogram === undefined) continue;
    for (let bin = 0; bin < scoreBins; bin++) {
      inside[bin] += weight * histogram.inside[bin];
      outside[bin] += weight * histogram.outside[bin];
    }
  }
  return { inside, outside };
}

/**
 * PxAP, in [0, 1]: precision times the step in recall, summed from the highest threshold to the lowest, with
 * all pixels of all images in one histogram. Images without a mask are left out. NaN if no pixel belongs to
 * an object.
 */
export function pxap(
  histograms: readonly (ScoreHistogram | undefined)[],
  weights?: ArrayLike<number>,
): number {
  const { inside, outside } = sumHistograms(histograms, weights);
  let area = 0;
  let hits = 0;
  let others = 0;
  for (let bin = scoreBins - 1; bin >= 0; bin--) {
    hits += inside[bin];
    others += outside[bin];
    // A step in recall of inside[bin] / all, at the current precision.
    if (inside[bin] > 0) area += (hits / (hits + others)) * inside[bin];
  }
  return area / hits;
}
