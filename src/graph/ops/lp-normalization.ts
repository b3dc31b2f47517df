import { normalizeAxis } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { withDefaults } from './read-attributes.ts';

type Attributes = { readonly axis: number; readonly p: number };

/**
 * y = x / s  with s = sum |x| along the axis (p = 1) or the root of sum x^2 (p = 2); 0 where s = 0.
 *
 *     p = 1    dx = (dy - sign(x) sum dy y) / s
 *     p = 2    dx = (dy - y sum dy y) / s                  0 where s = 0
 */
export const LpNormalization: Operator<Attributes> = {
  type: 'LpNormalization',
  inputs: [1, 1],
  attributes: { axis: 'int', p: 'int' },
  read: withDefaults('LpNormalization', { axis: -1, p: 2 }),
  infer: (inputs, { axis, p }) => {
    if (p !== 1 && p !== 2) throw new Error(`LpNormalization: p must be 1 or 2, got ${p}`);
    normalizeAxis('LpNormalization', axis, inputs[0].shape.length);
    return inferUnary(inputs);
  },
  gradient: ({ inputs: [x], outputs: [y], attributes: { axis, p } }, [dy], o) => {
    const sum = (value: Value): Value => o.reduceSum(value, [axis], true);
    const s = p === 1 ? sum(o.abs(x)) : o.sqrt(sum(o.mul(x, x)));
    const direction = p === 1 ? o.sub(o.isPositive(x), o.isPositive(o.neg(x))) : y;
    const zero = x.graph.scalar(0);
    const dx = o.div(o.sub(dy, o.mul(direction, sum(o.mul(dy, y)))), s);
    return [o.where(o.equal(s, zero), zero, dx)];
  },
};

/** Divides by the p-norm along one axis; p is 1 or 2. */
export function lpNormalization(x: Value, axis: number, p: 1 | 2): Value {
  return x.graph.add(LpNormalization, [x], { axis, p })[0];
}
