import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferComparison } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

export const LessOrEqual: Operator<Record<never, never>> = {
  type: 'LessOrEqual',
  inputs: [2, 2],
  attributes: {},
  infer: (inputs) => inferComparison('LessOrEqual', inputs),
  gradient: 'none',
  broadcasts: true,
  splitBatch: elementwise,
};

/** `a <= b`, element by element. Shapes broadcast; the result is bool. */
export function lessOrEqual(a: Value, b: Value): Value {
  return a.graph.add(LessOrEqual, [a, b], {})[0];
}
