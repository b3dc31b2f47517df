import { normalizeAxis } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { withDefaults } from './read-attributes.ts';

type Attributes = { readonly axis: number };

/** y_i = x_i - ln sum_j e^(x_j);  dx = dy - e^y sum_j dy_j */
export const LogSoftmax: Operator<Attributes> = {
  type: 'LogSoftmax',
  inputs: [1, 1],
  attributes: { axis: 'int' },
  read: withDefaults('LogSoftmax', { axis: -1 }),
  infer: inferUnary,
  gradient: ({ outputs: [y], attributes: { axis } }, [dy], o) => [
    o.sub(dy, o.mul(o.exp(y), o.reduceSum(dy, [axis], true))),
  ],
  memory: 'in place',
};

/** Logarithm of the softmax along one axis, without overflow. */
export function logSoftmax(x: Value, axis: number): Value {
  return x.graph.add(LogSoftmax, [x], { axis: normalizeAxis('LogSoftmax', axis, x.shape.length) })[0];
}
