import { NothingLeftError } from '../../errors/nothing-left-error.ts';
import { type FloatMap, type Mask, tensor } from '../../tensor/tensor.ts';
import { kernels } from '../maps/kernels.ts';
import { type Extremes, extremes, span } from '../maps/scale.ts';

/** How the segment and the low-res map are merged. */
export interface MergeOptions {
  mergeType: 'blend' | 'multiply';
  /** The segment's weight in a blend, in [0, 1]. */
  mergeAlpha: number;
}

/**
 * The linear functions `offset + weight v` of a value v of the low-res map, scaled to [0, 1], outside and
 * inside the segment.
 */
export interface Merging {
  readonly outside: Linear;
  readonly inside: Linear;
}

interface Linear {
  readonly offset: number;
  readonly weight: number;
}

/**
 * The functions of a merge: `alpha segment + (1 - alpha) low` ('blend') or `segment low` ('multiply'). If one
 * of the two is blank (no value above 0; for the low-res map, before scaling), the other alone.
 * @throws when both are blank
 */
export function merging(
  { mergeType, mergeAlpha }: MergeOptions,
  blank: { segment: boolean; low: boolean },
): Merging {
  const nothing = { offset: 0, weight: 0 };
  const low = { offset: 0, weight: 1 };
  if (blank.segment && blank.low) {
    throw new NothingLeftError('merge: the segment or the low-res map needs a value above 0, both are blank');
  }
  if (blank.segment) return { outside: low, inside: low };
  if (blank.low) return { outside: nothing, inside: { offset: 1, weight: 0 } };
  if (mergeType === 'multiply') return { outside: nothing, inside: low };
  const weight = 1 - mergeAlpha;
  return { outside: { offset: 0, weight }, inside: { offset: mergeAlpha, weight } };
}

/**
 * The refined map `[H, W]`, in [0, 1].
 * @param low the low-res map, resized to `[H, W]`, unscaled
 * @param ends its extremes, if they are known
 * @throws when the span of its values exceeds float32
 */
export function merge(
  segment: Mask,
  low: FloatMap,
  { outside, inside }: Merging,
  ends: Extremes = extremes(low.data),
): FloatMap {
  const size = low.data.length;
  const work = kernels.workspace();
  const out = work.room(low.data.byteLength);
  const places = [work.put(low.data), work.put(segment.data), out];
  const rule = [outside.offset, outside.weight, inside.offset, inside.weight];
  work.run.merge(...places, size, ends.min, span(ends), ...rule);
  return tensor('float32', segment.shape, work.floats(out, size));
}
