/**
 * The distribution of the edge values inside the region of interest, from which the bounds of region growing
 * are computed.
 */
import { type FloatMap, type Mask, mapSize } from '../tensor/tensor.ts';

export interface EdgeHistogram {
  /** Pixels in each bin; they add up to `total`. */
  counts: number[];
  /**
   * Limits of the bins, one more than bins, ascending, equally spaced. Bin i has thresholds[i] <= value <
   * thresholds[i + 1]; the last bin includes its upper limit.
   */
  thresholds: number[];
  /** Pixels inside the region. */
  total: number;
}

/**
 * Histogram of the edge values inside a region, from 0 or the smallest value, if that is less, to the largest
 * value; from 0 to 1 if all are 0.
 * @param edges float32 `[H, W]`, usually in [0, 1]
 * @param roi uint8 `[H, W]`, not 0 inside; it may be empty
 * @param bins default 40
 * @throws when the sizes differ, a value inside the region is not finite, or `bins` is not a whole number >=
 * 1
 */
export function edgeHistogram(edges: FloatMap, roi: Mask, bins: number = 40): EdgeHistogram {
  const { height, width } = mapSize(edges, 'edgeHistogram');
  const size = mapSize(roi, 'edgeHistogram');
  if (size.height !== height || size.width !== width) {
    throw new Error(
      `edgeHistogram: the edges are [${edges.shape}], the region of interest is [${roi.shape}]`,
    );
  }
  if (!Number.isInteger(bins) || bins < 1) {
    throw new Error(`edgeHistogram: bins must be a whole number >= 1, got ${bins}`);
  }
  let low = 0;
  let high = 0;
  let total = 0;
  for (let i = 0; i < edges.data.length; i++) {
    if (roi.data[i] === 0) continue;
    const value = edges.data[i];
    if (!Number.isFinite(value)) throw new Error(`edgeHistogram: edge values must be finite, got ${value}`);
    total++;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low === high) high = low + 1;
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < edges.data.length; i++) {
    if (roi.data[i] === 0) continue;
    counts[Math.min(Math.floor(((edges.data[i] - low) / (high - low)) * bins), bins - 1)]++;
  }
  const thresholds = Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);
  return { counts, thresholds, total };
}
