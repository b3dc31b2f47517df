/**
 * The second half of a batch norm with the ReLU and convolution that follow it in dense blocks, written with
 * the fewest GPU kernels.
 */
import { tensor } from '../../tensor/tensor.ts';
import { staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';
import { padsOfRotated } from '../ops/rotate-kernel.ts';

export interface Scaled {
  /** A standardised feature map z, `[N, C, H, W]`. */
  readonly z: Value;
  /** g and b, each `[C]`. */
  readonly scale: Value;
  readonly bias: Value;
}

/**
 * y = relu(g z + b)  per channel
 *
 *     e = dy [y > 0]      dz = g e      dg = sum e z      db = sum e
 */
export function scaledRelu({ z, scale, bias }: Scaled): Value {
  let y = z;
  const [result] = z.graph.composite(
    'ScaledRelu',
    [z, scale, bias],
    () => {
      y = o.relu(scaled({ z, scale, bias }));
      return [y];
    },
    (_, [dy]) => scaledReluGradient({ z, scale, bias }, y, dy),
  );
  return result;
}

/** A convolution of stride 1 whose result has the size of its input. */
export interface ScaledReluConvolution extends Scaled {
  /** The kernel w as rows, one for each input channel: `[C, O kh kw]`. */
  readonly rows: Value;
  /** kh = kw, odd. */
  readonly size: number;
}

/**
 * y = relu(g z + b),  x = w * y
 *
 *     dy[c, j] = sum over o, k of w[o, c, k] S[(o, k), j]
 *     dw[c, (o, k)] = sum over n, j of y[c, j] S[(o, k), j]           S[(o, k), j] = dx[o, j - k + p]
 *
 * S has the taps of dx side by side (im2col): dx has few channels, y has many. S is a convolution with
 * one-hot kernels. The kernel is stored as rows because its gradient is computed as rows.
 */
export function scaledReluConv({ z, scale, bias, rows, size }: ScaledReluConvolution): Value {
  const { graph } = z;
  const [n, channels, height, width] = staticShape(z.shape, 'batch norm in training');
  const taps = size * size;
  const out = Number(rows.shape[1]) / taps;
  const pads = new Array<number>(4).fill((size - 1) / 2);
  let [y, kernel] = [z, z];
  const [x] = graph.composite(
    'ScaledReluConv',
    [z, scale, bias, rows],
    () => {
      y = o.relu(scaled({ z, scale, bias }));
      kernel = o.transpose(o.reshape(rows, [channels, out, size, size]), [1, 0, 2, 3]);
      return [o.conv(y, kernel, { pads })];
    },
    (_, [dx]) => {
      const dy = o.convTranspose(dx, kernel, { pads });
      const side = taps === 1 ? dx : o.conv(dx, tapKernel(dx, size), tapWindow(dx, kernel, pads));
      const columns = o.transpose(o.reshape(side, [n, out * taps, height * width]), [0, 2, 1]);
      const products = o.matMul(o.reshape(y, [n, channels, height * width]), columns);
      return [...scaledReluGradient({ z, scale, bias }, y, dy), o.reduceSum(products, [0])];
    },
  );
  return x;
}

function scaledReluGradient({ z, scale }: Scaled, y: Value, dy: Value): Value[] {
  const axes = [0, 2, 3];
  const e = o.mul(dy, o.isPositive(y));
  return [
    scaled({ z: e, scale, bias: z.graph.filled(Number(scale.shape[0]), 0) }),
    o.reduceSum(o.mul(e, z), axes),
    o.reduceSum(e, axes),
  ];
}

/** g z + b  per channel, in one kernel. */
export function scaled({ z, scale, bias }: Scaled): Value {
  const { graph } = z;
  const channels = Number(scale.shape[0]);
  const epsilon = 1e-5; // the smallest that cuDNN accepts
  const [mean, variance] = [graph.filled(channels, 0), graph.filled(channels, 1 - epsilon)];
  return o.batchNormalization(z, { scale, bias, mean, variance, epsilon });
}

/**
 * Channels per group of the one-hot convolution. WebGPU (ONNX Runtime 1.30) computes wrong results with nine
 * outputs per group, which one channel with nine taps has; 8 and 36 are right.
 */
function groupSize(channels: number): number {
  return channels % 4 === 0 ? 4 : channels;
}

/**
 * Kernels `[O taps, channels of a group, size, size]` that copy tap k of channel o, rotated by 180 degrees,
 * to channel `(o, k)`.
 */
function tapKernel(x: Value, size: number): Value {
  const channels = Number(x.shape[1]);
  const [group, taps] = [groupSize(channels), size * size];
  const kernel = tensor('float32', [channels * taps, group, size, size]);
  for (let row = 0; row < channels * taps; row++) {
    const [channel, tap] = [Math.floor(row / taps), row % taps];
    kernel.data[(row * group + (channel % group)) * taps + (taps - 1 - tap)] = 1;
  }
  return x.graph.constant(kernel);
}

function tapWindow(
  x: Value,
  kernel: Value,
  pads: readonly number[],
): { readonly pads: readonly number[]; readonly group: number } {
  const channels = Number(x.shape[1]);
  return { pads: padsOfRotated(pads, kernel), group: channels / groupSize(channels) };
}
