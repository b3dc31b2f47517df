import { normalizeAxis } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { withDefaults } from './read-attributes.ts';

type Attributes = { readonly axis: number; readonly keepdims: number };

const defaults = withDefaults<Attributes>('ArgMax', { axis: 0, keepdims: 1 }, { select_last_index: 0 });

/** y = index of the largest element along an axis, the first of equal ones. */
export const ArgMax: Operator<Attributes> = {
  type: 'ArgMax',
  inputs: [1, 1],
  attributes: { axis: 'int', keepdims: 'int' },
  read: (given, inputs) => {
    const { axis, keepdims } = defaults(given, inputs);
    return { axis: normalizeAxis('ArgMax', axis, inputs[0].shape.length), keepdims };
  },
  infer: ([x], { axis, keepdims }) => {
    const shape = keepdims ? x.shape.with(axis, 1) : x.shape.filter((_, i) => i !== axis);
    return [{ dtype: 'int64', shape }];
  },
  gradient: 'none',
};

/**
 * Index of the largest element along an axis, int64, the first of equal ones. The axis is removed unless
 * `keepdims`.
 */
export function argMax(x: Value, axis: number, keepdims = false): Value {
  const normalized = normalizeAxis('ArgMax', axis, x.shape.length);
  return x.graph.add(ArgMax, [x], { axis: normalized, keepdims: Number(keepdims) })[0];
}
