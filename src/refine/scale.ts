import { type FloatMap, tensor } from '../tensor/tensor.ts';

/** The smallest and the largest value of a map. */
export interface Extremes {
  readonly min: number;
  readonly max: number;
}

/** The extremes of at least one value; both NaN where any value is. */
export function extremes(values: Float32Array): Extremes {
  let min = values[0];
  let max = values[0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < min) min = value;
    else if (!(value <= max)) {
      if (Number.isNaN(value)) return { min: value, max: value };
      max = value;
    }
  }
  return { min, max };
}

/** Whether all the values of a map are one and the same. */
export function isFlat({ data }: FloatMap): boolean {
  for (let i = 1; i < data.length; i++) if (data[i] !== data[0]) return false;
  return true;
}

/** The span of a map, rounded to float32. @throws when it is more than float32 holds. */
export function span({ min, max }: Extremes): number {
  const range = Math.fround(max - min);
  if (range === Number.POSITIVE_INFINITY) {
    throw new Error(`scale: the values span less than float32 holds, these lie between ${min} and ${max}`);
  }
  return range;
}

/**
 * Scales a map of any shape linearly so that its smallest value becomes 0 and its largest 1: `(x - min) / (max - min)`,
 * rounded to float32 at every step, as NumPy does. A flat map becomes zeros.
 * @param ends the map's extremes, where they are known.
 * @param out where the result goes, such as the map itself; default a new map.
 * @throws when the values span more than float32 holds.
 */
export function scale(
  map: FloatMap,
  ends: Extremes = extremes(map.data),
  out: FloatMap = tensor('float32', map.shape),
): FloatMap {
  const range = span(ends);
  const { min } = ends;
  const source = map.data;
  const { data } = out;
  if (range === 0) data.fill(0);
  else for (let i = 0; i < data.length; i++) data[i] = Math.fround(source[i] - min) / range;
  return out;
}
