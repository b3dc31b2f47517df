import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferAll } from './n-ary.ts';
import { elementwise } from './split-rules.ts';

/** y = sum of x_i / n;  dx_i = dy / n */
export const Mean: Operator<Record<never, never>> = {
  type: 'Mean',
  inputs: [1, Number.POSITIVE_INFINITY],
  attributes: {},
  infer: (inputs) => inferAll('Mean', inputs),
  gradient: ({ inputs }, [dy], o) => {
    const share = o.mul(dy, dy.graph.scalar(1 / inputs.length));
    return inputs.map(() => share);
  },
  broadcasts: true,
  splitBatch: elementwise,
};

/** Mean of several values, element by element. Shapes broadcast. */
export function mean(values: readonly Value[]): Value {
  return values[0].graph.add(Mean, values, {})[0];
}
