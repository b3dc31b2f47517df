/** The first half of a batch norm, in the form that takes a GPU the fewest kernels, whatever the arithmetic. */
import { staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';

export interface BatchStandardized {
  /** z, `[N, C, H, W]` */
  readonly value: Value;
  /** m, `[1, C, 1, 1]` */
  readonly mean: Value;
  /** v, `[C]`, biased */
  readonly variance: Value;
  /** n = N H W */
  readonly count: number;
}

/**
 * z = (x - m) r  per channel, with r = 1 / sqrt(v + epsilon), m and v the mean and the (biased) variance over the n = N H W elements of
 * `[N, C, H, W]`.
 *
 *     dx = r (dz - mean dz - z mean(dz z))
 *
 * All batch norms of a feature map have the same m and v, so it is standardised once, and each then scales it
 * (`scaled-relu.ts`). Centring and multiplication by r are one node: a BatchNormalization.
 */
export function batchStandardized(x: Value, epsilon: number): BatchStandardized {
  const [n, channels, height, width] = staticShape(x.shape, 'batch norm in training');
  const axes = [0, 2, 3];
  const [scale, bias] = [x.graph.filled(channels, 1), x.graph.filled(channels, 0)];
  let [mean, variance] = [x, x];
  const [value] = x.graph.composite(
    'batchStandardized',
    [x],
    () => {
      mean = o.reduceMean(x, axes, true);
      const centred = o.sub(x, mean);
      variance = o.reduceMean(o.mul(centred, centred), axes);
      return [o.batchNormalization(centred, { scale, bias, mean: bias, variance, epsilon })];
    },
    ({ outputs: [z] }, [dz]) => {
      const along = o.mul(z, o.reduceMean(o.mul(dz, z), axes, true));
      const offset = o.reduceMean(dz, axes);
      return [o.batchNormalization(o.sub(dz, along), { scale, bias, mean: offset, variance, epsilon })];
    },
  );
  return { value, mean, variance, count: n * height * width };
}
