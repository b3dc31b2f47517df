import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = 1 / x;  dx = -dy y^2 */
export const Reciprocal: Operator<Record<never, never>> = {
  type: 'Reciprocal',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ outputs: [y] }, [dy], o) => [o.neg(o.mul(dy, o.mul(y, y)))],
  splitBatch: elementwise,
};

/** `1 / x`. */
export function reciprocal(x: Value): Value {
  return x.graph.add(Reciprocal, [x], {})[0];
}
