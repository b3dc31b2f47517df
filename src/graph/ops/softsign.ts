import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = x / (1 + |x|);  dx = dy / (1 + |x|)^2 */
export const Softsign: Operator<Record<never, never>> = {
  type: 'Softsign',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ inputs: [x] }, [dy], o) => {
    const root = o.add(x.graph.scalar(1), o.abs(x));
    return [o.div(dy, o.mul(root, root))];
  },
  splitBatch: elementwise,
  memory: 'in place',
};

/** `x / (1 + |x|)`. */
export function softsign(x: Value): Value {
  return x.graph.add(Softsign, [x], {})[0];
}
