/** Batch norm, ReLU and convolution, the unit of dense blocks, with one gradient rule. */
import type { Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';
import { kernelGradient } from '../ops/kernel-gradient.ts';
import { padsOfRotated, rotateKernel } from '../ops/rotate-kernel.ts';

export interface NormReluConv {
  /** `[N, C, H, W]` */
  readonly x: Value;
  /** g, b, m, v, each `[C]` */
  readonly scale: Value;
  readonly bias: Value;
  readonly mean: Value;
  readonly variance: Value;
  readonly epsilon: number;
  /** w: `[O, C, kh, kw]` */
  readonly kernel: Value;
  /** top, left, bottom, right */
  readonly pads: readonly number[];
}

/**
 * y = relu(g r (x - m) + b),  z = w * y,  with r = 1 / sqrt(v + epsilon), per channel; stride 1, no bias on
 * z.
 *
 *     dw = dz * y, as Conv has it                 e = g r (w^T * dz) [y > 0]
 *     db = sum e / (g r)                          t = sum over o, k of w dw  -  b db
 *     dx = e      dg = t / g      dm = -sum e      dv = -r^2 t / 2
 *
 * By the chain rule, t = g sum dy (x - m) r [y > 0]. Where y > 0, g r (x - m) = y - b; and sum y (w^T * dz) =
 * sum w dw, a sum over a kernel instead of a pass over the feature maps. For the same reason the kernel is
 * multiplied by g r, not the feature map. This needs a division by g: 1 / g is computed as g / (g^2 + 1e-14),
 * so below |g| = 1e-6 dg decreases to 0 at g = 0.
 */
export function normReluConv({ x, scale, bias, mean, variance, epsilon, kernel, pads }: NormReluConv): Value {
  const { graph } = x;
  const channels = Number(x.shape[1]);
  let y = x;
  const [z] = graph.composite(
    'NormReluConv',
    [x, scale, bias, mean, variance, kernel],
    () => {
      y = o.relu(o.batchNormalization(x, { scale, bias, mean, variance, epsilon }));
      return [o.conv(y, kernel, { pads })];
    },
    (_, [dz]) => {
      const r = o.div(graph.scalar(1), o.sqrt(o.add(variance, graph.scalar(epsilon))));
      const product = o.mul(scale, r);
      const gr = o.where(o.equal(product, graph.scalar(0)), graph.scalar(1e-12), product);
      // Rotate first, then scale: other nodes may share the rotated kernel.
      const rotated = o.mul(rotateKernel(kernel, o), o.reshape(gr, [channels, 1, 1, 1]));
      const e = o.mul(o.conv(dz, rotated, { pads: padsOfRotated(pads, kernel) }), o.isPositive(y));
      const dw = kernelGradient(dz, y, kernel.shape, { strides: [1, 1], pads }, o);
      const sum = o.reduceSum(e, [0, 2, 3]);
      const db = o.div(sum, gr);
      const t = o.sub(o.reduceSum(o.mul(kernel, dw), [0, 2, 3]), o.mul(bias, db));
      const dg = o.div(o.mul(t, scale), o.add(o.mul(scale, scale), graph.scalar(1e-14)));
      const dv = o.mul(o.mul(r, r), o.mul(t, graph.scalar(-0.5)));
      return [e, dg, db, o.neg(sum), dv, dw];
    },
  );
  return z;
}
