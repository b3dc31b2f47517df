import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = e^x;  dx = dy y */
export const Exp: Operator<Record<never, never>> = {
  type: 'Exp',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ outputs: [y] }, [dy], o) => [o.mul(dy, y)],
  splitBatch: elementwise,
};

/** `e^x`. */
export function exp(x: Value): Value {
  return x.graph.add(Exp, [x], {})[0];
}
