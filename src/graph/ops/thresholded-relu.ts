import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { withDefaults } from './read-attributes.ts';
import { elementwise } from './split-rules.ts';

type Attributes = { readonly alpha: number };

/** y = x where x > alpha, else 0;  dx = dy, or 0 */
export const ThresholdedRelu: Operator<Attributes> = {
  type: 'ThresholdedRelu',
  inputs: [1, 1],
  attributes: { alpha: 'float' },
  read: withDefaults<Attributes>('ThresholdedRelu', { alpha: 1 }),
  infer: inferUnary,
  gradient: ({ inputs: [x], attributes: { alpha } }, [dy], o) => [
    o.where(o.less(x.graph.scalar(alpha), x), dy, x.graph.scalar(0)),
  ],
  splitBatch: elementwise,
  memory: 'in place',
};

/** `x` where it is greater than `alpha`, else 0. */
export function thresholdedRelu(x: Value, alpha: number): Value {
  return x.graph.add(ThresholdedRelu, [x], { alpha })[0];
}
