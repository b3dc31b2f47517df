import { type FloatMap, type Mask, tensor } from '../../tensor/tensor.ts';
import { Ranks } from '../maps/ranks.ts';
import { above } from '../maps/region-of-interest.ts';

/**
 * Marks exactly the `count` highest pixels of a map. Of tied ones, the first in reading order (row by row
 * from the top left) are marked.
 * @param count a whole number from 0 to the number of pixels
 * @param ranks of the map, if they are known
 * @throws when `count` is out of range
 */
export function highest(map: FloatMap, count: number, ranks: Ranks = new Ranks(map.data)): Mask {
  const { data } = map;
  if (!Number.isInteger(count) || count < 0 || count > data.length) {
    throw new Error(`highest: count is a whole number from 0 to ${data.length}, got ${count}`);
  }
  if (count === 0) return tensor('uint8', map.shape);
  const boundary = ranks.at(data.length - count);
  const { mask, count: higher } = above(map, boundary);
  const marks = mask.data;
  let left = count - higher;
  for (let i = 0; left > 0 && i < data.length; i++) {
    if (data[i] === boundary) {
      marks[i] = 1;
      left--;
    }
  }
  return mask;
}
