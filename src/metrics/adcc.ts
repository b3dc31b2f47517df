/**
 * Coherency, complexity, and their harmonic mean with the drop in confidence.
 * Source: Poppi, Cornia, Baraldi, Cucchiara, *Revisiting the Evaluation of Class Activation Mapping for
 * Explainability: A Novel Metric and Experimental Analysis*, CVPR Workshops 2021.
 */
import type { FloatMap } from '../tensor/tensor.ts';

/**
 * Similarity between a map and the map of the image masked by it: their Pearson correlation, shifted from
 * [-1, 1] to [0, 1]. High is good. 0.5, no correlation, if one of the two is flat.
 * @param map of the image
 * @param again of the image times the map, of the same size
 * @throws when the sizes differ
 */
export function coherency(map: FloatMap, again: FloatMap): number {
  const n = map.data.length;
  if (again.data.length !== n) {
    throw new Error(`coherency: both maps must have one size, got [${map.shape}] and [${again.shape}]`);
  }
  const mean = ({ data }: FloatMap): number => data.reduce((sum, value) => sum + value, 0) / n;
  const [a, b] = [mean(map), mean(again)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = [map.data[i] - a, again.data[i] - b];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? (ab / Math.sqrt(aa * bb) + 1) / 2 : 0.5;
}

/** How much of the image a map shows: the mean of a map in [0, 1]. Low is good. */
export function complexity({ data }: FloatMap): number {
  return data.reduce((sum, value) => sum + value, 0) / data.length;
}

/**
 * ADCC of one image, `3 / (1/coherency + 1/(1 - complexity) + 1/(1 - drop))`, in [0, 1]; 0 if one of the
 * three denominators is 0.
 * @param drop from `confidenceDrop`
 */
export function adcc(coherent: number, complex: number, drop: number): number {
  const parts = [coherent, 1 - complex, 1 - drop];
  if (parts.some((part) => part <= 0)) return 0;
  return 3 / parts.reduce((sum, part) => sum + 1 / part, 0);
}
