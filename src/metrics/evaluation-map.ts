import { scaleToUnit } from '../tensor/scale-to-unit.ts';
import { type FloatMap, tensor } from '../tensor/tensor.ts';
import { resizeCubic } from './resize-cubic.ts';

/** Default height and width at which maps are evaluated, in pixels. */
export const evaluationSize = 224;

/**
 * A raw map resized to the evaluation's size `[size, size]`, bicubic.
 * @param map float32 `[h, w]`, any finite values
 * @throws when a value is not finite
 */
export function resizedMap(map: FloatMap, size: number = evaluationSize): FloatMap {
  checkFinite(map, 'evaluationMap');
  const [first] = map.data;
  // Checked before resizing, whose rounding errors would otherwise be scaled up.
  if (map.data.every((value) => value === first)) {
    return tensor('float32', [size, size], new Float32Array(size * size).fill(first));
  }
  return resizeCubic(map, size, size);
}

/**
 * A map as the localisation measures need it: first resized, bicubic, then scaled to [0, 1]. A flat map
 * becomes zeros.
 * Source: Choe et al., *Evaluating Weakly Supervised Object Localization Methods Right*, CVPR 2020, and its
 * evaluation code.
 * @param map float32 `[h, w]`, any finite values
 * @param size height and width of the result, in pixels; default 224
 * @returns float32 `[size, size]`
 * @throws when a value is not finite
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import { evaluationMap } from 'high-res-mapping/metrics';
 *
 * const low = tensor('float32', [2, 2], [-3, 1, 1, 5]); // raw, signed
 * const map = evaluationMap(low);
 * console.log(map.shape, Math.min(...map.data), Math.max(...map.data)); //=> [ 224, 224 ] 0 1
 * ```
 */
export function evaluationMap(map: FloatMap, size: number = evaluationSize): FloatMap {
  return scaleToUnit(resizedMap(map, size));
}

/** @throws when a value is not finite */
export function checkFinite({ data }: FloatMap, what: string): void {
  const bad = data.find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw new Error(`${what}: a map must have finite values only, got ${bad}`);
}
