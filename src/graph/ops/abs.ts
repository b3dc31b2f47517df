import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = |x|;  dx = dy sign x, 0 at x = 0 */
export const Abs: Operator<Record<never, never>> = {
  type: 'Abs',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ inputs: [x] }, [dy], o) => [o.mul(dy, o.sub(o.isPositive(x), o.isPositive(o.neg(x))))],
  splitBatch: elementwise,
};

/** Absolute value. */
export function abs(x: Value): Value {
  return x.graph.add(Abs, [x], {})[0];
}
