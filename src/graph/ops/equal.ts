import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferComparison } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

export const Equal: Operator<Record<never, never>> = {
  type: 'Equal',
  inputs: [2, 2],
  attributes: {},
  infer: (inputs) => inferComparison('Equal', inputs),
  gradient: 'none',
  broadcasts: true,
  splitBatch: elementwise,
};

/** `a == b`, element by element. Shapes broadcast; the result is bool. */
export function equal(a: Value, b: Value): Value {
  return a.graph.add(Equal, [a, b], {})[0];
}
