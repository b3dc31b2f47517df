/**
 * MaxBoxAccV2: how often a box around a map's high values matches the object's box, at the best threshold.
 * Source: Choe, Oh, Lee, Chun, Akata, Shim, *Evaluating Weakly Supervised Object Localization Methods Right*,
 * CVPR 2020, with the conventions of its evaluation code.
 */
import { type FloatMap, mapSize } from '../tensor/tensor.ts';
import { type Box, boxIou } from './boxes.ts';
import { visitHolesBelow, visitRegionsAbove } from './level-regions.ts';

/** The intersections over union from which an object counts as found. */
const boxDeltas: readonly number[] = [0.3, 0.5, 0.7];

/** Thresholds 0, 0.001, ... 0.999, as a share of the map's maximum. */
export const thresholdCount = 1000;

/** The i-th threshold, in [0, 1). */
export function threshold(i: number): number {
  return i * 0.001;
}

/** Number of different cuts: a map has 256 grey levels, so each of the 1000 thresholds equals one of them. */
const cutCount = 255;

/**
 * The grey level of the i-th threshold, above which pixels are selected, for a map whose highest level is
 * `top`.
 */
export function cutOf(i: number, top = 255): number {
  return Math.trunc(threshold(i) * top);
}

/**
 * The best intersection over union of any estimated box with any true one, for each cut: the pixels above
 * grey level `cut` of the map, in 256 levels. Boxes are estimated around every contour of these pixels, those
 * of holes too: `[x, y, x + w, y + h]`, the far corner within the map. If no pixel is above the cut, the box
 * is the first pixel.
 * @param map from `evaluationMap`, in [0, 1], `[size, size]`; its maximum is 1, or it is all zeros
 * @param boxes the true ones, from `scaleBox`; at least one
 * @returns `[255]`, in [0, 1]
 * @throws when there is no box, or the map is out of range
 */
export function bestBoxIous(map: FloatMap, boxes: readonly Box[]): Float64Array {
  const { height, width } = mapSize(map, 'bestBoxIous');
  if (boxes.length === 0) throw new Error('bestBoxIous: at least one true box is needed, got 0');
  const levels = greyLevels(map);
  const bestOf = (regions: Int32Array, count: number, margin: number): number => {
    let best = 0;
    for (let i = 4 * count - 4; i >= 0; i -= 4) {
      const x0 = regions[i] - margin;
      const y0 = regions[i + 1] - margin;
      const x1 = Math.min(regions[i + 2] + 1 + margin, width - 1);
      const y1 = Math.min(regions[i + 3] + 1 + margin, height - 1);
      for (const box of boxes) best = Math.max(best, boxIou([x0, y0, x1, y1], box));
    }
    return best;
  };
  const out = new Float64Array(cutCount).fill(bestOf(new Int32Array([0, 0, -1, -1]), 1, 0));
  let top = 0;
  for (const level of levels) if (level > top) top = level;
  if (top === 0) return out;
  if (top !== 255) throw new Error(`bestBoxIous: the map's maximum must be 1, got ${top / 255}`);

  // The pixels above a cut change only at levels that occur: each visit fills all lower cuts, and the next
  // visit overwrites the rest.
  visitRegionsAbove(levels, width, height, (level, regions, count) => {
    if (level > 0) out.fill(bestOf(regions, count, 0), 0, level);
  });
  // The contour of a hole consists of the pixels around it.
  const holes = new Float64Array(cutCount);
  visitHolesBelow(levels, width, height, (level, regions, count) => {
    holes.fill(bestOf(regions, count, 1), level);
  });
  return out.map((best, cut) => Math.max(best, holes[cut]));
}

function greyLevels({ data }: FloatMap): Uint8Array {
  return Uint8Array.from(data, (value) => {
    if (!(value >= 0 && value <= 1)) throw new Error(`bestBoxIous: the map must be in [0, 1], got ${value}`);
    return Math.trunc(Math.fround(value * 255));
  });
}

export interface BoxAccuracy {
  /** The mean of `at`, in [0, 1]. */
  readonly value: number;
  /** For each of `boxDeltas`, the share of images found, in [0, 1]. */
  readonly at: readonly number[];
  /**
   * For each of `boxDeltas`, the lowest cut that finds the most, 0 to 254: pixels above that grey level are
   * selected.
   */
  readonly cuts: readonly number[];
}

/**
 * MaxBoxAccV2: for each IoU 0.3, 0.5 and 0.7 the share of images whose best IoU reaches it, at the cut that
 * is best for all images; then the mean of the three.
 * @param ious of each image, from `bestBoxIous`
 * @param weights how often each image counts, as in a bootstrap; default 1
 * @throws when there are no images
 */
export function maxBoxAccV2(ious: readonly Float64Array[], weights?: ArrayLike<number>): BoxAccuracy {
  return boxAccuracy(boxHits(ious), weights);
}

/**
 * Whether each image is found, for each delta and cut, computed once for all resamples of a bootstrap.
 * `[3 * 255]` for an image, 0 or 1.
 */
export function boxHits(ious: readonly Float64Array[]): Uint8Array[] {
  return ious.map((curve) =>
    Uint8Array.from({ length: boxDeltas.length * cutCount }, (_, i) =>
      Number(curve[i % cutCount] >= boxDeltas[Math.floor(i / cutCount)]),
    ),
  );
}

/**
 * `maxBoxAccV2` from `boxHits`.
 * @throws when there are no images
 */
export function boxAccuracy(hits: readonly Uint8Array[], weights?: ArrayLike<number>): BoxAccuracy {
  const found = new Int32Array(boxDeltas.length * cutCount);
  let images = 0;
  for (const [i, hit] of hits.entries()) {
    const weight = weights?.[i] ?? 1;
    if (weight === 0) continue;
    images += weight;
    for (let k = 0; k < found.length; k++) found[k] += weight * hit[k];
  }
  if (images === 0) throw new Error('maxBoxAccV2: there are no images');
  const cuts = boxDeltas.map((_, d) => {
    const row = found.subarray(d * cutCount, (d + 1) * cutCount);
    return row.reduce((best, value, cut) => (value > row[best] ? cut : best), 0);
  });
  const at = cuts.map((cut, d) => found[d * cutCount + cut] / images);
  return { value: mean(at), at, cuts };
}

/**
 * The mean over `boxDeltas` of the share of images found at given cuts, one for each delta; in [0, 1]. NaN
 * without images.
 */
export function boxAccuracyAt(ious: readonly Float64Array[], cuts: readonly number[]): number {
  return mean(cuts.map((cut, d) => ious.filter((curve) => curve[cut] >= boxDeltas[d]).length / ious.length));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
