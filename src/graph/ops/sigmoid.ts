import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = 1 / (1 + e^-x);  dx = dy y (1 - y) */
export const Sigmoid: Operator<Record<never, never>> = {
  type: 'Sigmoid',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ outputs: [y] }, [dy], o) => [o.mul(dy, o.mul(y, o.sub(y.graph.scalar(1), y)))],
  splitBatch: elementwise,
  memory: 'in place',
};

/** Logistic function, `1 / (1 + e^-x)`. */
export function sigmoid(x: Value): Value {
  return x.graph.add(Sigmoid, [x], {})[0];
}
