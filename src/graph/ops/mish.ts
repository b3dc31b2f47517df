import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = x t with t = tanh(softplus(x));  dx = dy (t + x sigmoid(x) (1 - t^2)) */
export const Mish: Operator<Record<never, never>> = {
  type: 'Mish',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ inputs: [x] }, [dy], o) => {
    const t = o.tanh(o.softplus(x));
    const slope = o.mul(o.mul(x, o.sigmoid(x)), o.sub(x.graph.scalar(1), o.mul(t, t)));
    return [o.mul(dy, o.add(t, slope))];
  },
  splitBatch: elementwise,
};

/** `x tanh(ln(1 + e^x))` (Misra 2019). */
export function mish(x: Value): Value {
  return x.graph.add(Mish, [x], {})[0];
}
