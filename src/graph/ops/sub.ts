import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferBinary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = a - b;  da = dy,  db = -dy */
export const Sub: Operator<Record<never, never>> = {
  type: 'Sub',
  inputs: [2, 2],
  attributes: {},
  infer: (inputs) => inferBinary('Sub', inputs),
  gradient: (_node, [dy], o) => [dy, o.neg(dy)],
  broadcasts: true,
  splitBatch: elementwise,
};

/** `a - b`. Shapes broadcast. */
export function sub(a: Value, b: Value): Value {
  return a.graph.add(Sub, [a, b], {})[0];
}
