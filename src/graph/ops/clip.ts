import { checkSameType, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import { perImage } from './split-rules.ts';

/**
 * y = min(max(x, low), high); each bound is a scalar and may be left out.
 *
 *     dx = dy inside      dlow = sum of dy below      dhigh = sum of dy above
 *
 * An element equal to a bound is treated as in PyTorch: outside if both bounds are given (ReLU6 has no
 * gradient at 0 and 6, ReLU has none at 0), inside if one is.
 */
export const Clip: Operator<Record<never, never>> = {
  type: 'Clip',
  inputs: [1, 3],
  optionalInputs: [1, 2],
  attributes: {},
  infer: (inputs) => {
    const [x, ...bounds] = inputs;
    for (const bound of bounds) {
      if (!bound) continue;
      checkSameType('Clip', x, bound);
      if (bound.shape.some((dim) => dim !== 1))
        throw new Error(`Clip: a bound must be a scalar, got [${bound.shape}]`);
    }
    return inferUnary(inputs);
  },
  gradient: ({ inputs }, [dy], o) => {
    const [x, low, high] = inputs;
    const zero = x.graph.scalar(0);
    if (low && high) {
      const [above, below] = [o.less(low, x), o.less(x, high)];
      return [
        o.where(above, o.where(below, dy, zero), zero),
        o.where(above, zero, dy),
        o.where(below, zero, dy),
      ];
    }
    const bound = low ?? high;
    if (!bound) return inputs.map((_, i) => (i === 0 ? dy : undefined));
    const outside = low ? o.less(x, low) : o.less(high, x);
    return inputs.map((input, i) => {
      if (i === 0) return o.where(outside, zero, dy);
      return input && o.where(outside, dy, zero);
    });
  },
  broadcasts: true,
  splitBatch: perImage,
  memory: 'in place',
};

/** `min(max(x, low), high)`; each bound may be left out. */
export function clip(x: Value, low?: number, high?: number): Value {
  const bounds = [low, high].map((bound) => (bound === undefined ? undefined : x.graph.scalar(bound)));
  return x.graph.add(Clip, [x, ...bounds], {})[0];
}
