import type { FloatMap, Mask } from '../../tensor/tensor.ts';
import { kernels } from '../maps/kernels.ts';
import { Ranks } from '../maps/ranks.ts';

/** The edge strengths between which a region grows, both included. */
export interface Bounds {
  lower: number;
  upper: number;
}

/**
 * The 25th and the 75th percentile of the edge strengths inside the region of interest, both `[H, W]`. An
 * empty region gives the empty interval from 1 to 0, in which nothing grows.
 */
export function edgeBounds(edges: FloatMap, roi: Mask): Bounds {
  const size = edges.data.length;
  const work = kernels.workspace();
  const inside = work.room(edges.data.byteLength);
  const count = work.run.take(work.put(edges.data), work.put(roi.data), inside, size);
  if (count === 0) return { lower: 1, upper: 0 };
  const ranks = new Ranks(work.floats(inside, count));
  return { lower: ranks.percentile(25), upper: ranks.percentile(75) };
}
