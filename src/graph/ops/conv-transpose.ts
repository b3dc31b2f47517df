import { type Dim, scaleDim, staticShape } from '../dim.ts';
import { checkRank, checkSameType, checkShape, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { kernelGradient } from './kernel-gradient.ts';
import { checkKnown, listOf, numberOf } from './read-attributes.ts';
import { perImage } from './split-rules.ts';
import { checkWindow, readWindow, spans, type WindowAttributes } from './window.ts';

/** `pads`: pixels cropped from the full result. */
export type ConvTransposeAttributes = WindowAttributes & {
  readonly output_padding: readonly number[];
  /** Left out: 1. */
  readonly group?: number;
};

/**
 * y[o, s i + d k - p] += w[c, o, k] x[c, i]   for every c, i, k: the transpose of a convolution; plus b[o]
 * everywhere
 *
 *     dx[c, i] = sum over o, k of w[c, o, k] dy[o, s i + d k - p]   (that convolution)
 *     dw[c, o, k] = sum over n, i of x[n, c, i] dy[n, o, s i + d k - p]
 *     db[o] = sum over n, i of dy[n, o, i]
 */
export const ConvTranspose: Operator<ConvTransposeAttributes> = {
  type: 'ConvTranspose',
  inputs: [2, 3],
  attributes: { strides: 'ints', pads: 'ints', output_padding: 'ints', group: 'int', dilations: 'ints' },
  read: (given, [x, w]) => {
    const known = ['auto_pad', 'dilations', 'group', 'kernel_shape', 'output_padding', 'pads', 'strides'];
    checkKnown('ConvTranspose', given, known);
    const mode = given.auto_pad ?? 'NOTSET';
    if (mode !== 'NOTSET')
      throw new Error(`ConvTranspose: auto_pad must be NOTSET here, got ${String(mode)}`);
    const kernel = staticShape(w.shape.slice(2), 'the kernel of ConvTranspose');
    const { strides, pads, dilations } = readWindow('ConvTranspose', given, x.shape, kernel);
    const group = numberOf('ConvTranspose', given, 'group');
    return {
      strides,
      pads,
      output_padding: listOf('ConvTranspose', given, 'output_padding') ?? kernel.map(() => 0),
      group: group === 1 ? undefined : group,
      dilations,
    };
  },
  infer: ([x, w, b], attributes) => {
    const { strides, pads, output_padding, group = 1, dilations } = attributes;
    checkRank('ConvTranspose', 'the image', x, 4);
    checkRank('ConvTranspose', 'the kernel', w, 4);
    checkSameType('ConvTranspose', x, w);
    checkWindow('ConvTranspose', attributes, 2);
    const [n, channels, ...sizes] = x.shape;
    const [from, perGroup, ...kernel] = staticShape(w.shape, 'the kernel of ConvTranspose');
    if (channels !== from)
      throw new Error(`ConvTranspose: kernel has ${from} input channels, image has ${channels}`);
    if (from % group !== 0)
      throw new Error(`ConvTranspose: ${from} inputs do not divide into ${group} groups`);
    if (b) checkShape('ConvTranspose', 'the bias', b, [perGroup * group]);
    const [height, width] = spans(kernel, dilations).map((span, i) =>
      outputLength(sizes[i], span, strides[i], pads[i] + pads[2 + i] - output_padding[i]),
    );
    return [{ dtype: x.dtype, shape: [n, perGroup * group, height, width] }];
  },
  gradient: ({ inputs: [x, w, b], attributes: { strides, pads, group, dilations } }, [dy], o) => [
    o.conv(dy, w, { strides, pads, group, dilations }),
    kernelGradient(x, dy, w.shape, { strides, pads, group, dilations }, o),
    ...(b ? [o.reduceSum(dy, [0, 2, 3])] : []),
  ],
  splitBatch: perImage,
};

function outputLength(dim: Dim, kernel: number, stride: number, cut: number): Dim {
  if (typeof dim === 'number') return (dim - 1) * stride + kernel - cut;
  if (kernel - cut !== stride)
    throw new Error(`ConvTranspose: the output's size is not a fixed multiple of [${dim}]`);
  return scaleDim(dim, stride, 1);
}

/**
 * Transposed convolution of `x` `[N, C, H, W]` with a kernel `[C, O / group, kh, kw]`.
 * Defaults: stride 1, nothing cropped, no output padding, one group, no dilation, no bias (`[O]`). Keras'
 * 'same' with stride 2 and a 3x3 kernel is `strides: [2, 2], pads: [0, 0, 1, 1]`.
 */
export function convTranspose(
  x: Value,
  kernel: Value,
  {
    strides = [1, 1],
    pads = [0, 0, 0, 0],
    outputPadding = [0, 0],
    group = 1,
    dilations,
    bias,
  }: Partial<WindowAttributes> & {
    readonly outputPadding?: readonly number[];
    readonly group?: number;
    readonly bias?: Value;
  } = {},
): Value {
  const inputs = bias ? [x, kernel, bias] : [x, kernel];
  const attributes = {
    strides,
    pads,
    output_padding: outputPadding,
    group: group === 1 ? undefined : group,
    dilations,
  };
  return x.graph.add(ConvTranspose, inputs, attributes)[0];
}
