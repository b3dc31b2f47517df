import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { withDefaults } from './read-attributes.ts';
import { elementwise } from './split-rules.ts';

type Attributes = { readonly alpha: number; readonly gamma: number };

/** y = gamma x where x > 0, else gamma alpha (e^x - 1);  dx = gamma dy, or dy (y + gamma alpha) */
export const Selu: Operator<Attributes> = {
  type: 'Selu',
  inputs: [1, 1],
  attributes: { alpha: 'float', gamma: 'float' },
  read: withDefaults<Attributes>('Selu', {
    alpha: 1.6732631921768188,
    gamma: 1.0507010221481323,
  }),
  infer: inferUnary,
  gradient: ({ inputs: [x], outputs: [y], attributes: { alpha, gamma } }, [dy], o) => {
    const slope = o.add(y, x.graph.scalar(gamma * alpha));
    return [o.mul(dy, o.where(o.less(x.graph.scalar(0), x), x.graph.scalar(gamma), slope))];
  },
  splitBatch: elementwise,
  memory: 'in place',
};

/** Scaled exponential linear unit (Klambauer et al. 2017). */
export function selu(x: Value, alpha: number, gamma: number): Value {
  return x.graph.add(Selu, [x], { alpha, gamma })[0];
}
