import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferLogic } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

export const And: Operator<Record<never, never>> = {
  type: 'And',
  inputs: [2, 2],
  attributes: {},
  infer: (inputs) => inferLogic('And', inputs),
  gradient: 'none',
  broadcasts: true,
  splitBatch: elementwise,
};

/** `a and b`, element by element. Shapes broadcast; operands and result are bool. */
export function and(a: Value, b: Value): Value {
  return a.graph.add(And, [a, b], {})[0];
}
