import { normalizeAxis } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { withDefaults } from './read-attributes.ts';

type Attributes = { readonly axis: number };

/** y_i = e^(x_i) / sum_j e^(x_j);  dx = y (dy - sum_j dy_j y_j) */
export const Softmax: Operator<Attributes> = {
  type: 'Softmax',
  inputs: [1, 1],
  attributes: { axis: 'int' },
  read: withDefaults('Softmax', { axis: -1 }),
  infer: inferUnary,
  gradient: ({ outputs: [y], attributes: { axis } }, [dy], o) => [
    o.mul(y, o.sub(dy, o.reduceSum(o.mul(dy, y), [axis], true))),
  ],
  memory: 'in place',
};

/** Softmax along one axis. */
export function softmax(x: Value, axis: number): Value {
  return x.graph.add(Softmax, [x], { axis: normalizeAxis('Softmax', axis, x.shape.length) })[0];
}
