import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = ln(1 + e^x);  dx = dy sigmoid(x) */
export const Softplus: Operator<Record<never, never>> = {
  type: 'Softplus',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ inputs: [x] }, [dy], o) => [o.mul(dy, o.sigmoid(x))],
  splitBatch: elementwise,
  memory: 'in place',
};

/** `ln(1 + e^x)`, without overflow. */
export function softplus(x: Value): Value {
  return x.graph.add(Softplus, [x], {})[0];
}
