import { type FloatMap, type Mask, type Tensor, tensor } from '../tensor/tensor.ts';
import { type Real, scale } from './scale.ts';

/** How the segment and the low-res map become one. */
export interface MergeOptions {
  mergeType: 'blend' | 'multiply';
  /** The segment's weight in a blend, in [0, 1]. */
  mergeAlpha: number;
}

/**
 * The refined map `[H, W]`, in [0, 1]: `alpha segment + (1 - alpha) low` ('blend') or `segment low` ('multiply'), the
 * low-res map scaled to [0, 1]. If one of the two is blank (no value above 0; for the low-res map, before the scaling),
 * the other alone.
 * @param low the low-res map, resized to `[H, W]`, unscaled.
 * @throws when both are blank.
 */
export function merge(segment: Mask, low: FloatMap, options: MergeOptions): FloatMap {
  return mergeScaled(segment, scale(low), isBlank(low), options);
}

/** Whether a map has no value above 0. */
export function isBlank(map: FloatMap): boolean {
  for (const value of map.data) if (value > 0) return false;
  return true;
}

/** As `merge`, of a low-res map already scaled to [0, 1]; whether it was blank before must be said. */
export function mergeScaled<D extends Real>(
  segment: Mask,
  low: Tensor<D>,
  lowIsBlank: boolean,
  { mergeType, mergeAlpha }: MergeOptions,
): Tensor<D> {
  if (!segment.data.includes(1)) {
    if (lowIsBlank) {
      throw new Error('merge: the segment or the low-res map needs a value above 0, both are blank');
    }
    return low;
  }
  const out = tensor(low.dtype, segment.shape);
  const { data } = out;
  const inside = segment.data;
  const around = low.data;
  if (lowIsBlank) data.set(segment.data);
  else if (mergeType === 'multiply') {
    for (let i = 0; i < data.length; i++) data[i] = inside[i] * around[i];
  } else {
    for (let i = 0; i < data.length; i++) {
      data[i] = mergeAlpha * inside[i] + (1 - mergeAlpha) * around[i];
    }
  }
  return out;
}
