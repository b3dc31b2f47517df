import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferLogic } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

export const Or: Operator<Record<never, never>> = {
  type: 'Or',
  inputs: [2, 2],
  attributes: {},
  infer: (inputs) => inferLogic('Or', inputs),
  gradient: 'none',
  broadcasts: true,
  splitBatch: elementwise,
};

/** `a or b`, element by element. Shapes broadcast; operands and result are bool. */
export function or(a: Value, b: Value): Value {
  return a.graph.add(Or, [a, b], {})[0];
}
