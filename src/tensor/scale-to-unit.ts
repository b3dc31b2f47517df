import { type FloatMap, tensor } from './tensor.ts';

/**
 * A map of any shape scaled linearly to [0, 1], `(x - min) / (max - min)`, rounded to float32 at every step,
 * as in NumPy. A flat map, or one whose span exceeds float32, becomes zeros.
 */
export function scaleToUnit(map: FloatMap): FloatMap {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of map.data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const out = tensor('float32', map.shape);
  const span = Math.fround(high - low);
  if (span > 0) for (let i = 0; i < out.data.length; i++) out.data[i] = Math.fround(map.data[i] - low) / span;
  return out;
}
