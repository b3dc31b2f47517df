import { checkShape, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { ignoring, withDefaults } from './read-attributes.ts';
import { perImage } from './split-rules.ts';

export type BatchNormalizationAttributes = { readonly epsilon: number };

/**
 * y = g (x - m) r + b  per channel, with r = 1 / sqrt(v + epsilon).
 *
 *     dx = dy g r      dg = r sum dy (x - m)      db = sum dy
 *     dm = -g r db     dv = -g r^2 dg / 2         (sums over all axes but C)
 *
 * Mean and variance are ordinary inputs: the batch's own in training, moving averages afterwards. In
 * training, the gradient through the batch's statistics reaches x by dm and dv.
 */
export const BatchNormalization: Operator<BatchNormalizationAttributes> = {
  type: 'BatchNormalization',
  inputs: [5, 5],
  attributes: { epsilon: 'float' },
  read: ignoring(['momentum'], withDefaults('BatchNormalization', { epsilon: 1e-5 }, { training_mode: 0 })),
  infer: ([x, ...perChannel]) => {
    if (x.shape.length < 2) {
      throw new Error(`BatchNormalization: the input must have rank 2 or more, got shape [${x.shape}]`);
    }
    for (const value of perChannel) checkShape('BatchNormalization', value.name, value, [x.shape[1]]);
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  gradient: ({ inputs: [x, g, , m, v], attributes: { epsilon } }, [dy], o) => {
    const axes = [...x.shape.keys()].filter((axis) => axis !== 1);
    const spread = x.shape.map((_, axis) => (axis === 1 ? -1 : 1));
    const r = o.div(x.graph.scalar(1), o.sqrt(o.add(v, x.graph.scalar(epsilon))));
    const db = o.reduceSum(dy, axes);
    const dg = o.mul(r, o.sub(o.reduceSum(o.mul(dy, x), axes), o.mul(m, db)));
    const gr = o.mul(g, r);
    const dm = o.neg(o.mul(gr, db));
    const dv = o.mul(o.mul(gr, r), o.mul(dg, x.graph.scalar(-0.5)));
    return [o.mul(dy, o.reshape(gr, spread)), dg, db, dm, dv];
  },
  splitBatch: perImage,
};

/**
 * Batch normalisation with given statistics (Ioffe and Szegedy 2015). `x` is `[N, C, ...]`, the others are
 * `[C]`.
 */
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
