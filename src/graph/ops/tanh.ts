import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = tanh x;  dx = dy (1 - y^2) */
export const Tanh: Operator<Record<never, never>> = {
  type: 'Tanh',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ outputs: [y] }, [dy], o) => [o.sub(dy, o.mul(dy, o.mul(y, y)))],
  splitBatch: elementwise,
  memory: 'in place',
};

/** Hyperbolic tangent. */
export function tanh(x: Value): Value {
  return x.graph.add(Tanh, [x], {})[0];
}
