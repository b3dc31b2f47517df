import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferAll, shareAmongEqual } from './n-ary.ts';
import { elementwise } from './split-rules.ts';

/** y = the largest of x_i;  dx_i = dy where x_i equals it, shared equally among ties */
export const Max: Operator<Record<never, never>> = {
  type: 'Max',
  inputs: [1, Number.POSITIVE_INFINITY],
  attributes: {},
  infer: (inputs) => inferAll('Max', inputs),
  gradient: shareAmongEqual,
  broadcasts: true,
  splitBatch: elementwise,
};

/** The largest of several values, element by element. Shapes broadcast. */
export function max(values: readonly Value[]): Value {
  return values[0].graph.add(Max, values, {})[0];
}
