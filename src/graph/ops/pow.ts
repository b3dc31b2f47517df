import { broadcastShapes } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { elementwise } from './split-rules.ts';

/**
 * y = x^e;  dx = dy e x^(e - 1), 0 where e = 0;  de = dy y ln x, 0 where x = 0
 *
 * A negative x has a power where e is whole, but no logarithm. The exponent may have another element type
 * than x; there is a gradient by it only where it is float32.
 */
export const Pow: Operator<Record<never, never>> = {
  type: 'Pow',
  inputs: [2, 2],
  attributes: {},
  infer: ([x, e]) => [{ dtype: x.dtype, shape: broadcastShapes('Pow', x.shape, e.shape) }],
  gradient: ({ inputs: [x, e], outputs: [y] }, [dy], o) => {
    const [zero, one] = [x.graph.scalar(0), x.graph.scalar(1)];
    const power = e.dtype === 'float32' ? e : o.cast(e, 'float32');
    const slope = o.mul(power, o.pow(x, o.sub(power, one)));
    // With e = 0, the formula gives 0 times infinity at x = 0.
    const isConstant = o.equal(power, zero);
    const dx = o.where(isConstant, zero, o.mul(dy, slope));
    if (e.dtype !== 'float32') return [dx, undefined];
    return [dx, o.where(o.equal(x, zero), zero, o.mul(dy, o.mul(y, o.log(x))))];
  },
  broadcasts: true,
  splitBatch: elementwise,
};

/** `x` to the power of `exponent`, element by element. Shapes broadcast. */
export function pow(x: Value, exponent: Value): Value {
  return x.graph.add(Pow, [x, exponent], {})[0];
}
