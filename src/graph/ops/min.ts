import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferAll, shareAmongEqual } from './n-ary.ts';
import { elementwise } from './split-rules.ts';

/** y = the smallest of x_i;  dx_i = dy where x_i equals it, shared equally among ties */
export const Min: Operator<Record<never, never>> = {
  type: 'Min',
  inputs: [1, Number.POSITIVE_INFINITY],
  attributes: {},
  infer: (inputs) => inferAll('Min', inputs),
  gradient: shareAmongEqual,
  broadcasts: true,
  splitBatch: elementwise,
};

/** The smallest of several values, element by element. Shapes broadcast. */
export function min(values: readonly Value[]): Value {
  return values[0].graph.add(Min, values, {})[0];
}
