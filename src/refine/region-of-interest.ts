import { type FloatMap, type Mask, type Tensor, tensor } from '../tensor/tensor.ts';
import { percentile } from './percentile.ts';
import type { Real } from './scale.ts';

/**
 * The region of interest: the pixels of a `[H, W]` map above its percentile. At 100, and in a flat map, no pixel is.
 * @param percent in [0, 100]; default 85, so that about 15 % of the pixels are in.
 * @throws as `percentile` does.
 */
export function regionOfInterest(map: FloatMap, percent = 85): Mask {
  return above(map, percentile(map.data, percent));
}

/** The pixels of a map strictly above a value. */
export function above(map: Tensor<Real>, value: number): Mask {
  const mask = tensor('uint8', map.shape);
  const { data } = map;
  const marks = mask.data;
  for (let i = 0; i < marks.length; i++) if (data[i] > value) marks[i] = 1;
  return mask;
}
