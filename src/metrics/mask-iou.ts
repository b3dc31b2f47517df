/** The overlap of the pixels above a threshold with the object's mask. */
import { threshold, thresholdCount } from './max-box-acc.ts';
import { type ScoreHistogram, scoreBins } from './pixel-precision.ts';

/**
 * Intersection over union of the mask with the pixels at or above each threshold; `[1000]`, in [0, 1]. 0 if
 * both are empty.
 * @param histogram of one image
 */
export function maskIous({ inside, outside }: ScoreHistogram): Float64Array {
  const object = inside.reduce((sum, n) => sum + n, 0);
  const out = new Float64Array(thresholdCount);
  let hits = inside[scoreBins - 1];
  let others = outside[scoreBins - 1];
  for (let i = thresholdCount - 1; i >= 0; i--) {
    hits += inside[i];
    others += outside[i];
    out[i] = object + others === 0 ? 0 : hits / (object + others);
  }
  return out;
}

export interface MaskAgreement {
  /** The mean over the images at the threshold that is best for all of them, in [0, 1]. */
  readonly best: number;
  /** That threshold, of maps scaled to [0, 1]; the lowest of several. */
  readonly threshold: number;
  /** The mean at the threshold 0.5 of maps scaled to [0, 1]. */
  readonly half: number;
}

/**
 * Mean intersection over union with the masks, at one threshold for all images.
 * @throws when there are no images
 */
export function maskAgreement(ious: readonly Float64Array[]): MaskAgreement {
  if (ious.length === 0) throw new Error('maskAgreement: there are no images');
  const mean = new Float64Array(thresholdCount);
  for (const curve of ious) for (let i = 0; i < thresholdCount; i++) mean[i] += curve[i] / ious.length;
  const at = mean.reduce((best, value, i) => (value > mean[best] ? i : best), 0);
  return { best: mean[at], threshold: threshold(at), half: mean[thresholdCount / 2] };
}
