import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferUnary } from './elementwise.ts';
import type { Builders } from './index.ts';
import { withDefaults } from './read-attributes.ts';
import { elementwise } from './split-rules.ts';

type Attributes = { readonly approximate: 'none' | 'tanh' };

/**
 * y = x p, where p is the probability that a standard normal variable is below x (Hendrycks and Gimpel 2016).
 *
 *     none    p = (1 + erf(x / sqrt 2)) / 2                                 dx = dy (p + x e^(-x^2 / 2) /
 *     sqrt(2 pi))
 *     tanh    p = (1 + t) / 2, t = tanh(a (x + b x^3)),                     dx = dy (p + x (1 - t^2) a (1 + 3
 *     b x^2) / 2)
 *             a = sqrt(2 / pi), b = 0.044715
 */
export const Gelu: Operator<Attributes> = {
  type: 'Gelu',
  opset: () => 20,
  inputs: [1, 1],
  attributes: { approximate: 'string' },
  read: withDefaults<Attributes>('Gelu', { approximate: 'none' }),
  infer: (inputs, { approximate }) => {
    if (approximate !== 'none' && approximate !== 'tanh') {
      throw new Error(`Gelu: approximate must be none or tanh, got ${approximate}`);
    }
    return inferUnary(inputs);
  },
  gradient: ({ inputs: [x], attributes: { approximate } }, [dy], o) => {
    const [p, density] = approximate === 'none' ? exact(x, o) : byTanh(x, o);
    return [o.mul(dy, o.add(p, o.mul(x, density)))];
  },
  splitBatch: elementwise,
};

/** p and its derivative. */
function exact(x: Value, o: Builders): [Value, Value] {
  const { graph } = x;
  const density = o.exp(o.mul(o.mul(x, x), graph.scalar(-0.5)));
  return [
    half(o.erf(o.mul(x, graph.scalar(Math.SQRT1_2))), o),
    o.mul(density, graph.scalar(1 / Math.sqrt(2 * Math.PI))),
  ];
}

/** p and its derivative, by the tanh approximation. */
function byTanh(x: Value, o: Builders): [Value, Value] {
  const { graph } = x;
  const [a, b] = [Math.sqrt(2 / Math.PI), 0.044715];
  const square = o.mul(x, x);
  const linear = (slope: number): Value => o.add(graph.scalar(a), o.mul(square, graph.scalar(slope)));
  const t = o.tanh(o.mul(x, linear(a * b)));
  const steepness = o.mul(linear(3 * a * b), graph.scalar(0.5));
  return [half(t, o), o.mul(o.sub(graph.scalar(1), o.mul(t, t)), steepness)];
}

/** (1 + x) / 2: from [-1, 1] to [0, 1]. */
function half(x: Value, o: Builders): Value {
  return o.mul(o.add(x, x.graph.scalar(1)), x.graph.scalar(0.5));
}

/** Gaussian error linear unit. Default: exact, by erf. */
export function gelu(x: Value, approximate: 'none' | 'tanh' = 'none'): Value {
  return x.graph.add(Gelu, [x], { approximate })[0];
}
