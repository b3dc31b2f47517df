/**
 * The pointing game: whether a map's highest value lies on the object.
 * Source: Zhang, Lin, Brandt, Shen, Sclaroff, *Top-down Neural Attention by Excitation Backprop*, ECCV 2016.
 */

import { type FloatMap, type Mask, tensor } from '../tensor/tensor.ts';
import type { Box } from './boxes.ts';
import { checkSizes } from './check-sizes.ts';

/**
 * Whether the highest value lies on the object, or at most `tolerance` pixels from it. Default 0; the paper
 * uses 15 pixels in pictures of about 500. Of several highest values, the first in reading order counts.
 * @param map float32 `[h, w]`
 * @param object uint8 `[h, w]`, not 0 on the object
 * @param ignored uint8 `[h, w]`, not 0 on pixels that are left out
 * @throws when the sizes differ
 */
export function pointsAt(map: FloatMap, object: Mask, tolerance = 0, ignored?: Mask): boolean {
  const { height, width } = checkSizes(map, { object, ignored }, 'pointsAt');
  const { data } = map;
  const counts = (i: number): boolean => ignored === undefined || ignored.data[i] === 0;
  let highest = -1;
  for (let i = 0; i < data.length; i++) {
    if (counts(i) && (highest < 0 || data[i] > data[highest])) highest = i;
  }
  if (highest < 0) return false;
  const x = highest % width;
  const y = (highest - x) / width;
  const reach = Math.floor(tolerance);
  for (let row = Math.max(0, y - reach); row <= Math.min(height - 1, y + reach); row++) {
    for (let column = Math.max(0, x - reach); column <= Math.min(width - 1, x + reach); column++) {
      const near = (row - y) ** 2 + (column - x) ** 2 <= tolerance ** 2;
      if (near && object.data[row * width + column] !== 0) return true;
    }
  }
  return false;
}

/**
 * A mask from boxes, for pictures without a mask: uint8 `[height, width]`.
 * @param boxes `[x0, y0, x1, y1)`
 */
export function maskOfBoxes(boxes: readonly Box[], height: number, width: number): Mask {
  const mask = tensor('uint8', [height, width]);
  for (const [x0, y0, x1, y1] of boxes) {
    for (let y = Math.max(0, y0); y < Math.min(height, y1); y++) {
      mask.data.fill(1, y * width + Math.max(0, x0), y * width + Math.min(width, x1));
    }
  }
  return mask;
}
