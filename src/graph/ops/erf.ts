import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { elementwise } from './split-rules.ts';

/** y = 2 / sqrt(pi) * integral of e^(-t^2) from 0 to x;  dx = dy 2 / sqrt(pi) e^(-x^2) */
export const Erf: Operator<Record<never, never>> = {
  type: 'Erf',
  inputs: [1, 1],
  attributes: {},
  infer: inferUnary,
  gradient: ({ inputs: [x] }, [dy], o) => [
    o.mul(dy, o.mul(x.graph.scalar(2 / Math.sqrt(Math.PI)), o.exp(o.neg(o.mul(x, x))))),
  ],
  splitBatch: elementwise,
};

/** Gauss error function. */
export function erf(x: Value): Value {
  return x.graph.add(Erf, [x], {})[0];
}
