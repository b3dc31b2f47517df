import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = ln x;  dx = dy / x */
export const Log: Operator<Record<never, never>> = {
  type: 'Log',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ inputs: [x] }, [dy], o) => [o.div(dy, x)],
  splitBatch: elementwise,
};

/** Natural logarithm. */
export function log(x: Value): Value {
  return x.graph.add(Log, [x], {})[0];
}
