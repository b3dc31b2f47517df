import { type FloatMap, type Mask, type Tensor, tensor } from '../../tensor/tensor.ts';
import { kernels } from '../maps/kernels.ts';
import { resizeBilinear } from '../maps/resize-bilinear.ts';
import { scale } from '../maps/scale.ts';
import type { Merging } from './merge.ts';

/**
 * A `[H, W]` map with few different values. A pixel's level is `256 segment + grey`; `values` has the value
 * of each level, `counts` the number of its pixels.
 */
export interface Levels {
  readonly segment: Mask;
  readonly picture: Tensor<'uint8'>;
  /** float64, so that levels tie with each other, or with a threshold, exactly where they should. */
  readonly values: Float64Array;
  readonly counts: Int32Array;
}

/** Number of grey levels. */
const greys = 256;

/**
 * The low-res map as a grey picture: the lowest value 0, the highest 255, fractions truncated; then resized
 * to `[height, width]`.
 */
export function greyPicture(low: FloatMap, height: number, width: number): Tensor<'uint8'> {
  const picture = tensor('uint8', low.shape);
  picture.data.set(scale(low).data.map((value) => 255 * value));
  return resizeBilinear(picture, height, width);
}

/**
 * The refined map in grey levels: `merge` of the low-res map's grey picture, scaled to [0, 1].
 *
 * The paper's implementation decides by these levels which pixels are kept, and so do the golden masks.
 */
export function mergeLevels(segment: Mask, picture: Tensor<'uint8'>, { outside, inside }: Merging): Levels {
  const work = kernels.workspace();
  const tables = work.zeros(2 * 4 * 2 * greys);
  work.run.countLevels(work.put(segment.data), work.put(picture.data), tables, segment.data.length);
  const counts = work.integers(tables, 2 * greys);
  const there = Array.from({ length: greys }, (_, grey) => counts[grey] > 0 || counts[greys + grey] > 0);
  const [min, max] = [there.indexOf(true), there.lastIndexOf(true)];
  const values = new Float64Array(2 * greys);
  for (let grey = min; grey <= max; grey++) {
    const scaled = (grey - min) / (max - min || 1);
    values[grey] = outside.offset + outside.weight * scaled;
    values[greys + grey] = inside.offset + inside.weight * scaled;
  }
  return { segment, picture, values, counts };
}

/**
 * The mask of the pixels to keep.
 * @param keep false up to some value, true above it
 */
export function markLevels({ segment, picture, values }: Levels, keep: (value: number) => boolean): Mask {
  const size = segment.data.length;
  const work = kernels.workspace();
  const mask = work.room(size);
  // The lighter the grey, the larger the value, both inside the segment and outside.
  const [outside, inside] = [values.subarray(0, greys), values.subarray(greys)].map((part) => {
    const grey = part.findIndex(keep);
    return grey < 0 ? greys : grey;
  });
  work.run.markGreys(work.put(segment.data), work.put(picture.data), mask, size, outside, inside);
  return tensor('uint8', segment.shape, work.bytes(mask, size));
}

/** The values that occur, in ascending order. */
export function occurring({ values, counts }: Levels): Float64Array {
  return values.filter((_, level) => counts[level] > 0).sort();
}

/** The number of pixels above a value. */
export function countAbove({ values, counts }: Levels, value: number): number {
  let count = 0;
  for (let level = 0; level < values.length; level++) if (values[level] > value) count += counts[level];
  return count;
}
