import { normalizeAxis, staticShape } from '../dim.ts';
import { integersOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';

/**
 * y = x without some axes of length 1, without all of them where none are named;  dx = dy in the shape of x
 */
export const Squeeze: Operator<Record<never, never>> = {
  type: 'Squeeze',
  inputs: [1, 2],
  optionalInputs: [1],
  attributes: {},
  infer: ([x, axes]) => {
    const rank = x.shape.length;
    const named = axes && integersOf('Squeeze', 'the axes', axes);
    const gone = named?.map((axis) => normalizeAxis('Squeeze', axis, rank));
    const long = gone?.find((axis) => x.shape[axis] !== 1);
    if (long !== undefined) throw new Error(`Squeeze: axis ${long} of [${x.shape}] must have length 1`);
    return [{ dtype: x.dtype, shape: x.shape.filter((dim, i) => !(gone ? gone.includes(i) : dim === 1)) }];
  },
  gradient: ({ inputs: [x, ...rest] }, [dy], o) => [
    o.reshape(dy, staticShape(x.shape, 'gradient of Squeeze')),
    ...rest.map(() => undefined),
  ],
  memory: 'view',
};

/** `x` without these axes, each of length 1. */
export function squeeze(x: Value, axes: readonly number[]): Value {
  return x.graph.add(Squeeze, [x, x.graph.integers(axes)], {})[0];
}
