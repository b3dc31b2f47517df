import { type FloatMap, tensor } from '../../tensor/tensor.ts';
import { type KernelWorkspace, kernels } from './kernels.ts';

/** The smallest and the largest value of a map. */
export interface Extremes {
  readonly min: number;
  readonly max: number;
}

/** The extremes of at least one value; both NaN where any value is. */
export function extremes(values: Float32Array): Extremes {
  const work = kernels.workspace();
  return extremesOf(work, work.put(values), values.length);
}

function extremesOf(work: KernelWorkspace, values: number, size: number): Extremes {
  const ends = work.room(32);
  work.run.extremes(values, ends, size);
  const [min, max] = work.floats(ends, 2);
  return { min, max };
}

/** Whether all values of a map are equal. */
export function isFlat({ data }: FloatMap): boolean {
  for (let i = 1; i < data.length; i++) if (data[i] !== data[0]) return false;
  return true;
}

/**
 * The divisor that scales a map: its span, rounded to float32; 1 for a flat map, which becomes zeros.
 * @throws when the span exceeds float32
 */
export function span({ min, max }: Extremes): number {
  const range = Math.fround(max - min);
  if (range === Number.POSITIVE_INFINITY) {
    throw new Error(`scale: the span of the values exceeds float32, they lie between ${min} and ${max}`);
  }
  return range || 1;
}

/**
 * Scales a map of any shape linearly so that its smallest value becomes 0 and its largest 1:
 * `(x - min) / (max - min)`, rounded to float32 at every step, as in NumPy. A flat map becomes zeros. It is
 * the kernel version of `tensor/scale-to-unit.ts`, for maps in a workspace; here a span that exceeds float32
 * is an error.
 * @throws when the span exceeds float32
 */
export function scale(map: FloatMap): FloatMap {
  const size = map.data.length;
  const work = kernels.workspace();
  const values = work.put(map.data);
  scaleIn(work, values, size);
  return tensor('float32', map.shape, work.floats(values, size));
}

/** `scale` in place, for values in a workspace. */
export function scaleIn(work: KernelWorkspace, values: number, size: number): void {
  const ends = extremesOf(work, values, size);
  work.run.scale(values, values, size, ends.min, span(ends));
}
