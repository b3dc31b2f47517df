import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { withDefaults } from './read-attributes.ts';
import { elementwise } from './split-rules.ts';

type Attributes = { readonly alpha: number };

/** y = x where x > 0, else alpha x;  dx = dy, or alpha dy */
export const LeakyRelu: Operator<Attributes> = {
  type: 'LeakyRelu',
  inputs: [1, 1],
  attributes: { alpha: 'float' },
  read: withDefaults<Attributes>('LeakyRelu', { alpha: 0.01 }),
  infer: inferUnary,
  gradient: ({ inputs: [x], attributes: { alpha } }, [dy], o) => [
    o.where(o.less(x.graph.scalar(0), x), dy, o.mul(dy, x.graph.scalar(alpha))),
  ],
  splitBatch: elementwise,
  memory: 'in place',
};

/** `x` where it is positive, else `alpha x`. */
export function leakyRelu(x: Value, alpha: number): Value {
  return x.graph.add(LeakyRelu, [x], { alpha })[0];
}
