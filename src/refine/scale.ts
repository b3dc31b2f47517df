import { type Tensor, tensor } from '../tensor/tensor.ts';

/** The element types a map's values may have: maps are float32, and float64 where ties between them decide. */
export type Real = 'float32' | 'float64';

/** The smallest and the largest of the values; at least one is needed, none may be NaN. */
export function extremes(values: ArrayLike<number>): { min: number; max: number } {
  let min = values[0];
  let max = values[0];
  for (let i = 1; i < values.length; i++) {
    const value = values[i];
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  return { min, max };
}

/** Whether all the values of a map are one and the same. */
export function isFlat(map: Tensor<Real>): boolean {
  const { min, max } = extremes(map.data);
  return min === max;
}

/**
 * Scales a map of any shape linearly so that its smallest value becomes 0 and its largest 1: `(x - min) / (max - min)`,
 * rounded to the map's element type at every step, as NumPy does. A flat map becomes zeros.
 * @throws when the values span more than the element type holds.
 */
export function scale<D extends Real>(map: Tensor<D>): Tensor<D> {
  const out = tensor(map.dtype, map.shape);
  const source = map.data;
  const { data } = out;
  const { min, max } = extremes(source);
  const range = map.dtype === 'float32' ? Math.fround(max - min) : max - min;
  if (range === Number.POSITIVE_INFINITY) {
    throw new Error(
      `scale: the values span less than ${map.dtype} holds, these lie between ${min} and ${max}`,
    );
  }
  if (range === 0) return out;
  for (let i = 0; i < data.length; i++) {
    data[i] = source[i] - min; // storing rounds
    data[i] /= range;
  }
  return out;
}
