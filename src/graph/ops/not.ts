import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { checkLogic, inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

export const Not: Operator<Record<never, never>> = {
  type: 'Not',
  inputs: [1, 1],
  attributes: {},
  infer: (inputs) => {
    checkLogic('Not', inputs);
    return inferUnary(inputs);
  },
  gradient: 'none',
  splitBatch: elementwise,
};

/** `not x`, element by element; bool. */
export function not(x: Value): Value {
  return x.graph.add(Not, [x], {})[0];
}
