import { type Dim, scaleDim, staticShape } from '../dim.ts';
import { checkRank, checkSameType, checkShape, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { checkWindow } from './conv.ts';
import { kernelGradient } from './kernel-gradient.ts';
import { perImage } from './split-rules.ts';

export type ConvTransposeAttributes = {
  readonly strides: readonly number[];
  /** top, left, bottom, right: what is cut off the full result */
  readonly pads: readonly number[];
  readonly output_padding: readonly number[];
};

/**
 * y[o, s i + k - p] += w[c, o, k] x[c, i]   for every c, i, k: the transpose of a convolution; and b[o] everywhere
 *
 *     dx[c, i] = sum over o, k of w[c, o, k] dy[o, s i + k - p]   (that convolution)
 *     dw[c, o, k] = sum over n, i of x[n, c, i] dy[n, o, s i + k - p]
 *     db[o] = sum over n, i of dy[n, o, i]
 */
export const ConvTranspose: Operator<ConvTransposeAttributes> = {
  type: 'ConvTranspose',
  inputs: [2, 3],
  attributes: { strides: 'ints', pads: 'ints', output_padding: 'ints' },
  infer: ([x, w, b], { strides, pads, output_padding }) => {
    checkRank('ConvTranspose', 'the image', x, 4);
    checkRank('ConvTranspose', 'the kernel', w, 4);
    checkSameType('ConvTranspose', x, w);
    checkWindow('ConvTranspose', strides, pads);
    const [n, channels, height, width] = x.shape;
    const [from, to, kh, kw] = staticShape(w.shape, 'the kernel of ConvTranspose');
    if (channels !== from)
      throw new Error(`ConvTranspose: kernel has ${from} input channels, image has ${channels}`);
    if (b) checkShape('ConvTranspose', 'the bias', b, [to]);
    const outHeight = outputLength(height, kh, strides[0], pads[0] + pads[2] - output_padding[0]);
    const outWidth = outputLength(width, kw, strides[1], pads[1] + pads[3] - output_padding[1]);
    return [{ dtype: x.dtype, shape: [n, to, outHeight, outWidth] }];
  },
  gradient: ({ inputs: [x, w, b], attributes: { strides, pads } }, [dy], o) => [
    o.conv(dy, w, { strides, pads }),
    kernelGradient(x, dy, w.shape, strides, pads, o),
    ...(b ? [o.reduceSum(dy, [0, 2, 3])] : []),
  ],
  splitBatch: perImage,
};

function outputLength(dim: Dim, kernel: number, stride: number, cut: number): Dim {
  if (typeof dim === 'number') return (dim - 1) * stride + kernel - cut;
  if (kernel - cut !== stride)
    throw new Error(`internal: ConvTranspose: the size of [${dim}] is no multiple of it`);
  return scaleDim(dim, stride, 1);
}

/**
 * Transposed convolution of `x` `[N, C, H, W]` with a kernel `[C, O, kh, kw]`.
 * Defaults: stride 1, nothing cut off, no output padding, no bias (`[O]`). Keras' 'same' with stride 2 and a 3x3 kernel is
 * `strides: [2, 2], pads: [0, 0, 1, 1]`.
 */
export function convTranspose(
  x: Value,
  kernel: Value,
  {
    strides = [1, 1],
    pads = [0, 0, 0, 0],
    outputPadding = [0, 0],
    bias,
  }: {
    strides?: readonly number[];
    pads?: readonly number[];
    outputPadding?: readonly number[];
    bias?: Value;
  } = {},
): Value {
  const inputs = bias ? [x, kernel, bias] : [x, kernel];
  return x.graph.add(ConvTranspose, inputs, { strides, pads, output_padding: outputPadding })[0];
}
