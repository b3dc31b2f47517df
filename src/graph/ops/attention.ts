import { sameShape } from '../dim.ts';
import { checkRank, checkSameType, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { Builders } from './index.ts';
import { checkKnown } from './read-attributes.ts';

export type AttentionAttributes = {
  /** Factor of the scores. Left out: 1 / sqrt(d). */
  readonly scale?: number;
};

/**
 * Scaled dot-product attention (Vaswani et al., 2017, equation 1) for each head, with an optional mask M that
 * is stored in the graph:
 *
 *     Y = P V,  P = softmax(s Q K^T + M)
 *     dV = P^T dY      dP = dY V^T      dS = P (dP - sum dP P)      dQ = s dS K      dK = s dS^T Q
 *
 * The gradient computes P again. Covered of ONNX's operator: queries, keys and values `[N, heads, T, d]` with
 * equal numbers of heads; no causal mask, no cache, no softcap.
 */
export const Attention: Operator<AttentionAttributes> = {
  type: 'Attention',
  inputs: [3, 4],
  attributes: { scale: 'float' },
  opset: () => 23,
  read: (given) => {
    checkKnown('Attention', given, [
      'scale',
      'is_causal',
      'softcap',
      'qk_matmul_output_mode',
      'softmax_precision',
    ]);
    for (const name of ['is_causal', 'softcap']) {
      if ((given[name] ?? 0) !== 0)
        throw new Error(`Attention: ${name} must be 0 here, got ${String(given[name])}`);
    }
    return { scale: given.scale as number | undefined };
  },
  infer: ([q, k, v, mask]) => {
    for (const [name, value] of Object.entries({ queries: q, keys: k, values: v })) {
      checkRank('Attention', `the ${name}`, value, 4);
      checkSameType('Attention', q, value);
    }
    const [n, heads, rows, depth] = q.shape;
    const [, , columns] = k.shape;
    if (
      !sameShape(k.shape, [n, heads, columns, depth]) ||
      !sameShape(v.shape.slice(0, 3), [n, heads, columns])
    ) {
      throw new Error(
        `Attention: queries [${q.shape}], keys [${k.shape}] and values [${v.shape}] do not fit`,
      );
    }
    if (mask && (mask.dtype !== q.dtype || !mask.content)) {
      throw new Error(`Attention: the mask must be ${q.dtype} values stored in the graph, got ${mask.dtype}`);
    }
    return [{ dtype: q.dtype, shape: [n, heads, rows, v.shape[3]] }];
  },
  gradient: ({ inputs: [q, k, v, mask], attributes: { scale } }, [dy], o) => {
    const s = q.graph.scalar(scale ?? 1 / Math.sqrt(Number(q.shape[3])));
    const scores = o.mul(o.matMul(q, swapLastTwo(k, o)), s);
    const p = o.softmax(mask ? o.add(scores, mask) : scores, 3);
    const dp = o.matMul(dy, swapLastTwo(v, o));
    const ds = o.mul(o.mul(p, o.sub(dp, o.reduceSum(o.mul(dp, p), [3], true))), s);
    const gradients = [o.matMul(ds, k), o.matMul(swapLastTwo(ds, o), q), o.matMul(swapLastTwo(p, o), dy)];
    return mask ? [...gradients, undefined] : gradients;
  },
};

/** The last two axes transposed. */
function swapLastTwo(x: Value, o: Builders): Value {
  return o.transpose(x, [0, 1, 3, 2]);
}

/**
 * Attention of queries `[N, heads, T, d]` to keys `[N, heads, S, d]` and values `[N, heads, S, e]`:
 * `[N, heads, T, e]`.
 */
export function attention(
  q: Value,
  k: Value,
  v: Value,
  { scale, mask }: AttentionAttributes & { readonly mask?: Value } = {},
): Value {
  return q.graph.add(Attention, mask ? [q, k, v, mask] : [q, k, v], { scale })[0];
}
