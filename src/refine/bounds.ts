import type { FloatMap, Mask } from '../tensor/tensor.ts';
import { Ranks } from './ranks.ts';

/** The edge strengths between which a region grows, both included. */
export interface Bounds {
  lower: number;
  upper: number;
}

/**
 * The 25th and the 75th percentile of the edge strengths inside the region of interest, both `[H, W]`.
 * An empty region gives the empty interval from 1 to 0, in which nothing grows.
 */
export function edgeBounds(edges: FloatMap, roi: Mask): Bounds {
  const inside = new Float32Array(edges.data.length);
  let count = 0;
  for (let i = 0; i < inside.length; i++) if (roi.data[i] === 1) inside[count++] = edges.data[i];
  if (count === 0) return { lower: 1, upper: 0 };
  const ranks = new Ranks(inside.subarray(0, count));
  return { lower: ranks.percentile(25), upper: ranks.percentile(75) };
}
