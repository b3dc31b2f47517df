import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferBinary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = a + b;  da = dy,  db = dy */
export const Add: Operator<Record<never, never>> = {
  type: 'Add',
  inputs: [2, 2],
  attributes: {},
  infer: (inputs) => inferBinary('Add', inputs),
  gradient: (_node, [dy]) => [dy, dy],
  broadcasts: true,
  splitBatch: elementwise,
};

/** `a + b`. Shapes broadcast. */
export function add(a: Value, b: Value): Value {
  return a.graph.add(Add, [a, b], {})[0];
}
