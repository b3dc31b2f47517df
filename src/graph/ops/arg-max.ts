import { normalizeAxis } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';

type Attributes = { readonly axis: number; readonly keepdims: number };

/** y = index of the largest element along an axis, the first of equal ones. */
export const ArgMax: Operator<Attributes> = {
  type: 'ArgMax',
  inputs: [1, 1],
  attributes: { axis: 'int', keepdims: 'int' },
  infer: ([x], { axis, keepdims }) => {
    const shape = keepdims ? x.shape.with(axis, 1) : x.shape.filter((_, i) => i !== axis);
    return [{ dtype: 'int64', shape }];
  },
  gradient: 'none',
};

/** Index of the largest element along an axis, which disappears; int64; the first of equal ones. */
export function argMax(x: Value, axis: number): Value {
  return x.graph.add(ArgMax, [x], { axis: normalizeAxis('ArgMax', axis, x.shape.length), keepdims: 0 })[0];
}
