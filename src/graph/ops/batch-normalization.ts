import { checkRank, checkShape, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { perImage } from './split-rules.ts';

export type BatchNormalizationAttributes = { readonly epsilon: number };

/**
 * y = g (x - m) r + b  per channel, with r = 1 / sqrt(v + epsilon).
 *
 *     dx = dy g r      dg = r sum dy (x - m)      db = sum dy
 *     dm = -g r db     dv = -g r^2 dg / 2         (sums over N, H, W)
 *
 * Mean and variance are inputs like any other: the batch's own in training, moving averages afterwards. What the batch's
 * statistics owe to x flows through dm and dv.
 */
export const BatchNormalization: Operator<BatchNormalizationAttributes> = {
  type: 'BatchNormalization',
  inputs: [5, 5],
  attributes: { epsilon: 'float' },
  infer: ([x, ...perChannel]) => {
    checkRank('BatchNormalization', 'the input', x, 4);
    for (const value of perChannel) checkShape('BatchNormalization', value.name, value, [x.shape[1]]);
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  gradient: ({ inputs: [x, g, , m, v], attributes: { epsilon } }, [dy], o) => {
    const channels = Number(x.shape[1]);
    const r = o.div(x.graph.scalar(1), o.sqrt(o.add(v, x.graph.scalar(epsilon))));
    const db = o.reduceSum(dy, [0, 2, 3]);
    const dg = o.mul(r, o.sub(o.reduceSum(o.mul(dy, x), [0, 2, 3]), o.mul(m, db)));
    const gr = o.mul(g, r);
    const dm = o.neg(o.mul(gr, db));
    const dv = o.mul(o.mul(gr, r), o.mul(dg, x.graph.scalar(-0.5)));
    return [o.mul(dy, o.reshape(gr, [1, channels, 1, 1])), dg, db, dm, dv];
  },
  splitBatch: perImage,
};

/** Batch normalisation with the statistics given (Ioffe and Szegedy 2015). `x` is `[N, C, H, W]`, the others `[C]`. */
export function batchNormalization(
  x: Value,
  {
    scale,
    bias,
    mean,
    variance,
    epsilon,
  }: { scale: Value; bias: Value; mean: Value; variance: Value; epsilon: number },
): Value {
  return x.graph.add(BatchNormalization, [x, scale, bias, mean, variance], { epsilon })[0];
}
