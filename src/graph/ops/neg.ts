import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = -x;  dx = -dy */
export const Neg: Operator<Record<never, never>> = {
  type: 'Neg',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: (_node, [dy], o) => [o.neg(dy)],
  splitBatch: elementwise,
};

/** `-x`. */
export function neg(x: Value): Value {
  return x.graph.add(Neg, [x], {})[0];
}
