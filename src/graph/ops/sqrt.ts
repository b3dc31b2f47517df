import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = sqrt(x);  dx = dy / (2 y) */
export const Sqrt: Operator<Record<never, never>> = {
  type: 'Sqrt',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ outputs: [y] }, [dy], o) => [o.div(dy, o.add(y, y))],
  splitBatch: elementwise,
};

/** Square root. */
export function sqrt(x: Value): Value {
  return x.graph.add(Sqrt, [x], {})[0];
}
