import { broadcastShapes } from '../dim.ts';
import { integersOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';

/** y = x, repeated to a larger shape;  dx = dy, which `gradients` sums over the repeated axes */
export const Expand: Operator<Record<never, never>> = {
  type: 'Expand',
  inputs: [2, 2],
  attributes: {},
  infer: ([x, shape]) => [
    { dtype: x.dtype, shape: broadcastShapes('Expand', x.shape, integersOf('Expand', 'the shape', shape)) },
  ],
  gradient: (_node, [dy]) => [dy, undefined],
  broadcasts: true,
};

/** Broadcasts `x` to `shape`. */
export function expand(x: Value, shape: readonly number[]): Value {
  return x.graph.add(Expand, [x, x.graph.integers(shape)], {})[0];
}
