import { type FloatMap, type Mask, mapSize, type Tensor, tensor } from '../tensor/tensor.ts';
import type { Merging } from './merge.ts';
import { resizeBilinear } from './resize-bilinear.ts';
import { scale } from './scale.ts';

/** A `[H, W]` map of few different values: what each pixel's level stands for, and how many pixels have it. */
export interface Levels {
  readonly shape: readonly number[];
  /** Each pixel's level: its place in `values` and `counts`. */
  readonly levels: Uint16Array;
  /** float64, so that levels tie, or equal a threshold, exactly where they should. */
  readonly values: Float64Array;
  readonly counts: Int32Array;
}

/** The number of greys. */
const greys = 256;

/**
 * The low-res map as a grey picture: the lowest value 0, the highest 255, fractions cut off; then resized to
 * `[height, width]`.
 */
export function greyPicture(low: FloatMap, height: number, width: number): Tensor<'uint8'> {
  const picture = tensor('uint8', low.shape);
  picture.data.set(scale(low).data.map((value) => 255 * value));
  return resizeBilinear(picture, height, width);
}

/**
 * The refined map in grey levels: as `merge` makes it, of the grey picture of the low-res map, scaled to [0, 1].
 *
 * The paper's implementation decides on these levels which pixels are kept, and so do the golden masks.
 */
export function mergeLevels(segment: Mask, picture: Tensor<'uint8'>, { outside, inside }: Merging): Levels {
  mapSize(segment, 'mergeLevels');
  const levels = new Uint16Array(segment.data.length);
  const counts = new Int32Array(2 * greys);
  const marks = segment.data;
  const shades = picture.data;
  for (let i = 0; i < levels.length; i++) {
    const level = marks[i] * greys + shades[i];
    levels[i] = level;
    counts[level]++;
  }
  const isThere = (grey: number): boolean => counts[grey] > 0 || counts[greys + grey] > 0;
  let [min, max] = [0, greys - 1];
  while (!isThere(min)) min++;
  while (!isThere(max)) max--;
  const values = new Float64Array(2 * greys);
  for (let grey = min; grey <= max; grey++) {
    const scaled = (grey - min) / (max - min || 1);
    values[grey] = outside.offset + outside.weight * scaled;
    values[greys + grey] = inside.offset + inside.weight * scaled;
  }
  return { shape: segment.shape, levels, values, counts };
}

/** The pixels whose value is to be kept. */
export function markLevels({ shape, levels, values }: Levels, keep: (value: number) => boolean): Mask {
  const kept = Uint8Array.from(values, (value) => Number(keep(value)));
  const mask = tensor('uint8', shape);
  const marks = mask.data;
  for (let i = 0; i < marks.length; i++) marks[i] = kept[levels[i]];
  return mask;
}

/** The levels that occur, in the order of their values. */
export function occurring({ values, counts }: Levels): number[] {
  return Array.from(values.keys())
    .filter((level) => counts[level] > 0)
    .sort((a, b) => values[a] - values[b]);
}
