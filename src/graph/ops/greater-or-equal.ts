import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferComparison } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

export const GreaterOrEqual: Operator<Record<never, never>> = {
  type: 'GreaterOrEqual',
  inputs: [2, 2],
  attributes: {},
  infer: (inputs) => inferComparison('GreaterOrEqual', inputs),
  gradient: 'none',
  broadcasts: true,
  splitBatch: elementwise,
};

/** `a >= b`, element by element. Shapes broadcast; the result is bool. */
export function greaterOrEqual(a: Value, b: Value): Value {
  return a.graph.add(GreaterOrEqual, [a, b], {})[0];
}
