import { broadcastShapes, sameShape } from '../dim.ts';
import { checkRank, checkSameType, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { checkKnown, numberOf } from './read-attributes.ts';

export type GemmAttributes = {
  /** Factor of the product. Left out: 1. */
  readonly alpha?: number;
  /** Factor of C. Left out: 1. */
  readonly beta?: number;
  /** 1: A is transposed. Left out: 0. */
  readonly transA?: number;
  /** 1: B is transposed. Left out: 0. */
  readonly transB?: number;
};

/**
 * Y = alpha A' B' + beta C, A' being A or its transpose, B' likewise
 *
 *     dA' = alpha dY B'^T      dB' = alpha A'^T dY      dC = beta dY
 */
export const Gemm: Operator<GemmAttributes> = {
  type: 'Gemm',
  inputs: [2, 3],
  attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
  read: (given) => {
    checkKnown('Gemm', given, ['alpha', 'beta', 'transA', 'transB']);
    const unless = (name: string, usual: number): number | undefined => {
      const value = numberOf('Gemm', given, name);
      return value === usual ? undefined : value;
    };
    return {
      alpha: unless('alpha', 1),
      beta: unless('beta', 1),
      transA: unless('transA', 0),
      transB: unless('transB', 0),
    };
  },
  infer: ([a, b, c], { transA, transB }) => {
    checkRank('Gemm', 'A', a, 2);
    checkRank('Gemm', 'B', b, 2);
    checkSameType('Gemm', a, b);
    const [n, k] = transA ? a.shape.toReversed() : a.shape;
    const [k2, m] = transB ? b.shape.toReversed() : b.shape;
    if (k !== k2) {
      const shapes = [transA ? 'transposed ' : '', `[${a.shape}] and `, transB ? 'transposed ' : ''];
      throw new Error(`Gemm: ${shapes.join('')}[${b.shape}] do not multiply`);
    }
    if (c && !sameShape(broadcastShapes('Gemm', c.shape, [n, m]), [n, m])) {
      throw new Error(`Gemm: C, [${c.shape}], does not broadcast to [${n},${m}]`);
    }
    return [{ dtype: a.dtype, shape: [n, m] }];
  },
  gradient: ({ inputs: [a, b, ...rest], attributes }, [dy], o) => {
    const { alpha, beta = 1, transA = 0, transB = 0 } = attributes;
    return [
      transA
        ? o.gemm(b, dy, { alpha, transA: transB, transB: 1 })
        : o.gemm(dy, b, { alpha, transB: 1 - transB }),
      transB
        ? o.gemm(dy, a, { alpha, transA: 1, transB: transA })
        : o.gemm(a, dy, { alpha, transA: 1 - transA }),
      ...rest.map((c) => c && (beta === 1 ? dy : o.mul(dy, dy.graph.scalar(beta)))),
    ];
  },
  broadcasts: true,
};

/**
 * `alpha A B + beta C` of matrices; A and B may be transposed, C broadcasts. Defaults: 1, 1, not transposed,
 * no C.
 */
export function gemm(
  a: Value,
  b: Value,
  { alpha = 1, beta = 1, transA = 0, transB = 0, c }: GemmAttributes & { readonly c?: Value } = {},
): Value {
  const attributes = {
    alpha: alpha === 1 ? undefined : alpha,
    beta: beta === 1 ? undefined : beta,
    transA: transA || undefined,
    transB: transB || undefined,
  };
  return a.graph.add(Gemm, c ? [a, b, c] : [a, b], attributes)[0];
}
