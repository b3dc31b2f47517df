import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = max(x, 0);  dx = dy [y > 0] */
export const Relu: Operator<Record<never, never>> = {
  type: 'Relu',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ outputs: [y] }, [dy], o) => [o.mul(dy, o.isPositive(y))],
  splitBatch: elementwise,
  memory: 'in place',
};

/** Rectified linear unit, `max(x, 0)`. */
export function relu(x: Value): Value {
  return x.graph.add(Relu, [x], {})[0];
}
