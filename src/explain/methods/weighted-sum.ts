/** Sums over channels, which the methods share. */
import { type FloatMap, tensor } from '../../tensor/tensor.ts';
import type { FeatureMaps } from './layer-reader.ts';

/** sum over k of w_k A_k: a map `[h, w]`. */
export function weightedSum({ shape, data }: FeatureMaps, weights: ArrayLike<number>): FloatMap {
  const [channels, height, width] = shape;
  const size = height * width;
  const sums = new Float64Array(size);
  for (let k = 0; k < channels; k++) {
    for (let i = 0; i < size; i++) sums[i] += weights[k] * data[k * size + i];
  }
  return tensor('float32', [height, width], Float32Array.from(sums));
}

/** sum over k of `term(activation, gradient)` at each position: a map `[h, w]`. */
export function sumOfTerms(
  { shape, data }: FeatureMaps,
  slopes: FeatureMaps,
  term: (activation: number, gradient: number) => number,
): FloatMap {
  const [, height, width] = shape;
  const sums = new Float64Array(height * width);
  for (let i = 0; i < data.length; i++) sums[i % sums.length] += term(data[i], slopes.data[i]);
  return tensor('float32', [height, width], Float32Array.from(sums));
}

/** The values of each channel. Shares memory. */
export function channelsOf({ shape: [channels, height, width], data }: FeatureMaps): Float32Array[] {
  const size = height * width;
  return Array.from({ length: channels }, (_, k) => data.subarray(k * size, (k + 1) * size));
}

/** max(map, 0). */
export function positivePart(map: FloatMap): FloatMap {
  return tensor(
    'float32',
    map.shape,
    map.data.map((value) => Math.max(0, value)),
  );
}
