import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { withDefaults } from './read-attributes.ts';
import { elementwise } from './split-rules.ts';

type Attributes = { readonly alpha: number };

/** y = x where x > 0, else alpha (e^(x / alpha) - 1);  dx = dy, or dy (y / alpha + 1) */
export const Celu: Operator<Attributes> = {
  type: 'Celu',
  inputs: [1, 1],
  attributes: { alpha: 'float' },
  read: withDefaults<Attributes>('Celu', { alpha: 1 }),
  infer: inferUnary,
  gradient: ({ inputs: [x], outputs: [y], attributes: { alpha } }, [dy], o) => {
    const slope = o.add(o.mul(y, x.graph.scalar(1 / alpha)), x.graph.scalar(1));
    return [o.where(o.less(x.graph.scalar(0), x), dy, o.mul(dy, slope))];
  },
  splitBatch: elementwise,
  memory: 'in place',
};

/**
 * Exponential linear unit with a derivative that is continuous: `x` where it is positive, else
 * `alpha (e^(x / alpha) - 1)`.
 */
export function celu(x: Value, alpha: number): Value {
  return x.graph.add(Celu, [x], { alpha })[0];
}
