import { staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';

/** Mean and biased variance of each channel over a batch, each `[C]`. */
export interface Moments {
  readonly mean: Value;
  readonly variance: Value;
}

/**
 * m = mean of x,  v = mean of (x - m)^2,  each per channel over the n = N H W elements of `[N, C, H, W]`.
 *
 *     dx = dm / n + (2 / n) dv (x - m)
 *
 * This is one affine map per channel: one pass over x, where the chain rule takes five. (v depends on m, too,
 * but its derivative by m is zero.)
 */
export function moments(x: Value): Moments {
  const [n, channels, height, width] = staticShape(x.shape, 'moments');
  const count = n * height * width;
  const axes = [0, 2, 3];
  const [mean, variance] = x.graph.composite(
    'moments',
    [x],
    () => {
      const m = o.reduceMean(x, axes);
      const centred = o.sub(x, o.reshape(m, [1, channels, 1, 1]));
      return [m, o.reduceMean(o.mul(centred, centred), axes)];
    },
    (node, [dm, dv]) => [
      o.batchNormalization(x, {
        scale: o.mul(dv, x.graph.scalar(2 / count)),
        bias: o.mul(dm, x.graph.scalar(1 / count)),
        mean: node.outputs[0],
        variance: x.graph.filled(channels, 1),
        epsilon: 0,
      }),
    ],
  );
  return { mean, variance };
}
