import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferComparison } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

export const Less: Operator<Record<never, never>> = {
  type: 'Less',
  inputs: [2, 2],
  attributes: {},
  infer: (inputs) => inferComparison('Less', inputs),
  gradient: 'none',
  broadcasts: true,
  splitBatch: elementwise,
};

/** `a < b`, element by element. Shapes broadcast; the result is bool. */
export function less(a: Value, b: Value): Value {
  return a.graph.add(Less, [a, b], {})[0];
}
