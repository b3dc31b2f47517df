import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { withDefaults } from './read-attributes.ts';
import { elementwise } from './split-rules.ts';

type Attributes = { readonly alpha: number; readonly beta: number };

/** y = clamp(alpha x + beta, 0, 1);  dx = dy alpha [0 < y < 1] */
export const HardSigmoid: Operator<Attributes> = {
  type: 'HardSigmoid',
  inputs: [1, 1],
  attributes: { alpha: 'float', beta: 'float' },
  read: withDefaults('HardSigmoid', { alpha: 0.2, beta: 0.5 }),
  infer: inferUnary,
  gradient: ({ inputs: [x], outputs: [y], attributes: { alpha } }, [dy], o) => {
    const inside = o.mul(o.isPositive(y), o.isPositive(o.sub(x.graph.scalar(1), y)));
    // `inside` first: with the slope of a step, dy alpha overflows where `inside` is 0.
    return [o.mul(o.mul(dy, inside), x.graph.scalar(alpha))];
  },
  splitBatch: elementwise,
  memory: 'in place',
};

/** `clamp(alpha x + beta, 0, 1)`. */
export function hardSigmoid(x: Value, alpha: number, beta: number): Value {
  return x.graph.add(HardSigmoid, [x], { alpha, beta })[0];
}

/** The largest slope that float32 holds makes the ramp a step. */
const step = 3e38;

/**
 * 1 where x > 0, else 0, as floats: one pass over memory, where a comparison, a cast and a choice take three.
 */
export function isPositive(x: Value): Value {
  return hardSigmoid(x, step, 0);
}

/** 1 where x = 0, 0 where x < 0, as floats. x must not be positive. */
export function isZero(x: Value): Value {
  return hardSigmoid(x, step, 1);
}
