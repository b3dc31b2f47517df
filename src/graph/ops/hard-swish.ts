import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = x h(x) with h(x) = clamp(x / 6 + 1 / 2, 0, 1);  dx = dy (h(x) + [0 < h(x) < 1] x / 6) */
export const HardSwish: Operator<Record<never, never>> = {
  type: 'HardSwish',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ inputs: [x] }, [dy], o) => {
    const h = o.hardSigmoid(x, 1 / 6, 0.5);
    const inside = o.mul(o.isPositive(h), o.isPositive(o.sub(x.graph.scalar(1), h)));
    return [o.mul(dy, o.add(h, o.mul(o.mul(x, x.graph.scalar(1 / 6)), inside)))];
  },
  splitBatch: elementwise,
};

/** `x clamp(x / 6 + 1 / 2, 0, 1)`. */
export function hardSwish(x: Value): Value {
  return x.graph.add(HardSwish, [x], {})[0];
}
