/** What the gradients of layer, group and instance normalisation share. */
import type { Value } from '../graph.ts';
import type { Builders } from './index.ts';

/** z and r, see `standardize`. */
export interface Standardized {
  readonly z: Value;
  readonly r: Value;
}

/**
 * z = (x - m) r  with r = 1 / sqrt(v + epsilon); m and v are the mean and the biased variance over the axes.
 * r has length 1 along these axes.
 */
export function standardize(x: Value, axes: readonly number[], epsilon: number, o: Builders): Standardized {
  const centred = o.sub(x, o.reduceMean(x, axes, true));
  const r = inverseRoot(centred, axes, epsilon, o);
  return { z: o.mul(centred, r), r };
}

/** 1 / sqrt(mean of x^2 + epsilon)  over the axes, which are kept with length 1. */
export function inverseRoot(x: Value, axes: readonly number[], epsilon: number, o: Builders): Value {
  const mean = o.reduceMean(o.mul(x, x), axes, true);
  return o.reciprocal(o.sqrt(o.add(mean, x.graph.scalar(epsilon))));
}

/** dx = r (dz - mean dz - z mean(dz z)) */
export function standardizeGradient(
  dz: Value,
  { z, r }: Standardized,
  axes: readonly number[],
  o: Builders,
): Value {
  const along = o.mul(z, o.reduceMean(o.mul(dz, z), axes, true));
  return o.mul(r, o.sub(o.sub(dz, o.reduceMean(dz, axes, true)), along));
}
