import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { withDefaults } from './read-attributes.ts';
import { elementwise } from './split-rules.ts';

type Attributes = { readonly alpha: number };

/** y = x where x > 0, else alpha (e^x - 1);  dx = dy, or dy (y + alpha) */
export const Elu: Operator<Attributes> = {
  type: 'Elu',
  inputs: [1, 1],
  attributes: { alpha: 'float' },
  read: withDefaults<Attributes>('Elu', { alpha: 1 }),
  infer: inferUnary,
  gradient: ({ inputs: [x], outputs: [y], attributes: { alpha } }, [dy], o) => [
    o.where(o.less(x.graph.scalar(0), x), dy, o.mul(dy, o.add(y, x.graph.scalar(alpha)))),
  ],
  splitBatch: elementwise,
  memory: 'in place',
};

/** Exponential linear unit: `x` where it is positive, else `alpha (e^x - 1)`. */
export function elu(x: Value, alpha: number): Value {
  return x.graph.add(Elu, [x], { alpha })[0];
}
