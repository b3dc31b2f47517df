/** The first half of a batch norm, written with the fewest GPU kernels. */
import { staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';

export interface BatchStandardized {
  /** z, `[N, C, H, W]` */
  readonly value: Value;
  /** m, mean of each channel, `[1, C, 1, 1]` */
  readonly mean: Value;
  /** v, biased variance of each channel, `[C]` */
  readonly variance: Value;
  /** n = N H W, elements of a channel */
  readonly count: number;
}

/**
 * z = (x - m) r  per channel, with r = 1 / sqrt(v + epsilon); m and v are the mean and the biased variance
 * over the n = N H W elements of a channel of x, `[N, C, H, W]`.
 *
 *     dx = r (dz - mean dz - z mean(dz z))
 *
 * All batch norms of one feature map share m and v: the map is standardised once, and each batch norm applies
 * its own scale and bias (`scaled-relu.ts`). Subtracting m and multiplying by r are one BatchNormalization
 * node.
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
