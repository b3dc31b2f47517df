import { type Dim, normalizeAxis, staticShape } from '../dim.ts';
import { integersOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';

/** y = x with axes of length 1 inserted at these positions of the result;  dx = dy in the shape of x */
export const Unsqueeze: Operator<Record<never, never>> = {
  type: 'Unsqueeze',
  inputs: [2, 2],
  attributes: {},
  infer: ([x, axes]) => {
    const named = integersOf('Unsqueeze', 'the axes', axes);
    const rank = x.shape.length + named.length;
    const places = new Set(named.map((axis) => normalizeAxis('Unsqueeze', axis, rank)));
    if (places.size < named.length) throw new Error(`Unsqueeze: an axis occurs twice in [${named}]`);
    const left = x.shape.values();
    const shape = Array.from({ length: rank }, (_, i) => (places.has(i) ? 1 : (left.next().value as Dim)));
    return [{ dtype: x.dtype, shape }];
  },
  gradient: ({ inputs: [x] }, [dy], o) => [
    o.reshape(dy, staticShape(x.shape, 'gradient of Unsqueeze')),
    undefined,
  ],
  memory: 'view',
};

/** `x` with axes of length 1 inserted at these positions of the result. */
export function unsqueeze(x: Value, axes: readonly number[]): Value {
  return x.graph.add(Unsqueeze, [x, x.graph.integers(axes)], {})[0];
}
