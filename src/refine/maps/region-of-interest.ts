import { type FloatMap, type Mask, tensor } from '../../tensor/tensor.ts';
import { kernels } from './kernels.ts';
import { Ranks } from './ranks.ts';

/**
 * The region of interest: the pixels of a `[H, W]` map above its percentile. Empty for 100, and for a flat
 * map.
 * @param percent in [0, 100]; default 85, which gives about 15 % of the pixels
 * @param ranks of the map, if they are known
 * @throws as `Ranks.percentile` does
 */
export function regionOfInterest(map: FloatMap, percent = 85, ranks: Ranks = new Ranks(map.data)): Mask {
  return above(map, ranks.percentile(percent)).mask;
}

/** The pixels of a map strictly above a value, and their number. */
export function above(map: FloatMap, value: number): { mask: Mask; count: number } {
  const size = map.data.length;
  const work = kernels.workspace();
  const marks = work.room(size);
  const count = work.run.above(work.put(map.data), marks, size, value);
  return { mask: tensor('uint8', map.shape, work.bytes(marks, size)), count };
}
