/**
 * Ties the high-res features to the low-res ones by their means, so that the high-res map sums to the logit
 * that the classifier computes.
 */
import type { Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import type { Expansion } from './model.ts';

/** Pixels per pixel of the low-res features, along each axis. */
export const cellSize = 16;

/**
 * H from the expansion's output D and the low-res features L.
 *
 *     tied-cells:  H = D + Up(L - pool16(D)), so pool16(H) = L
 *     tied-image:  H = D + (mean L - mean D), so mean H = mean L
 *
 * pool16 averages over cells of 16 x 16 pixels, Up repeats a pixel over its cell. In both cases the
 * classifier, which is linear in the mean, computes the same logits from H as from L.
 * @param detail D: `[N, 16, H, W]`
 * @param low L: `[N, 16, H/16, W/16]`
 */
export function tie(detail: Value, low: Value, how: Exclude<Expansion, 'reconstruction'>): Value {
  if (how === 'tied-cells') {
    return o.add(detail, o.upsampleNearest(o.sub(low, o.averagePool(detail, cellSize)), cellSize));
  }
  return o.add(detail, o.sub(o.reduceMean(low, [2, 3], true), o.reduceMean(detail, [2, 3], true)));
}
