import { type FloatMap, type Mask, tensor } from '../tensor/tensor.ts';
import { Ranks } from './ranks.ts';

/**
 * The region of interest: the pixels of a `[H, W]` map above its percentile. At 100, and in a flat map, no pixel is.
 * @param percent in [0, 100]; default 85, so that about 15 % of the pixels are in.
 * @param ranks the map's, where they are known.
 * @throws as `Ranks.percentile` does.
 */
export function regionOfInterest(map: FloatMap, percent = 85, ranks: Ranks = new Ranks(map.data)): Mask {
  const lowest = ranks.percentile(percent);
  const mask = tensor('uint8', map.shape);
  const { data } = map;
  const marks = mask.data;
  for (let i = 0; i < marks.length; i++) if (data[i] > lowest) marks[i] = 1;
  return mask;
}
