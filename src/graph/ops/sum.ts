import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferAll } from './n-ary.ts';
import { elementwise } from './split-rules.ts';

/** y = sum of x_i;  dx_i = dy */
export const Sum: Operator<Record<never, never>> = {
  type: 'Sum',
  inputs: [1, Number.POSITIVE_INFINITY],
  attributes: {},
  infer: (inputs) => inferAll('Sum', inputs),
  gradient: ({ inputs }, [dy]) => inputs.map(() => dy),
  broadcasts: true,
  splitBatch: elementwise,
};

/** Sum of several values, element by element. Shapes broadcast. */
export function sum(values: readonly Value[]): Value {
  return values[0].graph.add(Sum, values, {})[0];
}
