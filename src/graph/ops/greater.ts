import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferComparison } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

export const Greater: Operator<Record<never, never>> = {
  type: 'Greater',
  inputs: [2, 2],
  attributes: {},
  infer: (inputs) => inferComparison('Greater', inputs),
  gradient: 'none',
  broadcasts: true,
  splitBatch: elementwise,
};

/** `a > b`, element by element. Shapes broadcast; the result is bool. */
export function greater(a: Value, b: Value): Value {
  return a.graph.add(Greater, [a, b], {})[0];
}
