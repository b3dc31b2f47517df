import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { withDefaults } from './read-attributes.ts';
import { elementwise } from './split-rules.ts';

type Attributes = { readonly alpha: number };

/** y = x s with s = sigmoid(alpha x);  dx = dy (s + alpha y (1 - s)) */
export const Swish: Operator<Attributes> = {
  type: 'Swish',
  opset: () => 24,
  inputs: [1, 1],
  attributes: { alpha: 'float' },
  read: withDefaults<Attributes>('Swish', { alpha: 1 }),
  infer: inferUnary,
  gradient: ({ inputs: [x], outputs: [y], attributes: { alpha } }, [dy], o) => {
    const s = o.sigmoid(o.mul(x, x.graph.scalar(alpha)));
    const slope = o.mul(o.mul(y, x.graph.scalar(alpha)), o.sub(x.graph.scalar(1), s));
    return [o.mul(dy, o.add(s, slope))];
  },
  splitBatch: elementwise,
};

/** `x sigmoid(alpha x)`; with alpha 1 also known as SiLU. */
export function swish(x: Value, alpha: number): Value {
  return x.graph.add(Swish, [x], { alpha })[0];
}
