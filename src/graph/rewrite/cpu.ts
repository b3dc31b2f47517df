/**
 * Rewrites a graph into the forms that are fastest on a CPU. The results are the same up to rounding.
 * Measured with ONNX Runtime 1.30 (docs/performance.md). For a GPU: `gpu.ts`.
 */
import { tensor } from '../../tensor/tensor.ts';
import type { Graph, GraphNode, Value } from '../graph.ts';
import type { BatchNormalizationAttributes } from '../ops/batch-normalization.ts';
import type { ConvAttributes } from '../ops/conv.ts';
import type { ConvTransposeAttributes } from '../ops/conv-transpose.ts';
import { builders as o } from '../ops/index.ts';
import { padsOfRotated, rotateKernel } from '../ops/rotate-kernel.ts';
import { polyphaseConvTranspose } from './polyphase.ts';
import { rewritten } from './rewritten.ts';

/**
 * @param purpose 'inference': ONNX Runtime keeps feature maps in its blocked layout, which it does between
 * convolutions whose kernels are stored in the graph; 'training': gradients are computed
 * @returns a new graph with the same inputs and outputs, see `rewritten`
 */
export function forCpu(graph: Graph, purpose: 'inference' | 'training'): Graph {
  return rewritten(graph, (node, inputs) => {
    const faster = fasterForm(node, inputs, purpose);
    return faster && [faster];
  });
}

function fasterForm(
  { operator: { type }, attributes }: GraphNode,
  inputs: readonly Value[],
  purpose: 'inference' | 'training',
): Value | undefined {
  switch (type) {
    case 'BatchNormalization':
      return scaleAndShift(inputs, attributes as BatchNormalizationAttributes);
    case 'Conv':
      return purpose === 'training' ? transposed(inputs, attributes as ConvAttributes) : undefined;
    case 'ConvTranspose':
      return purpose === 'inference'
        ? polyphaseWithBiasLast(inputs, attributes as ConvTransposeAttributes)
        : undefined;
    default:
      return undefined;
  }
}

/**
 * Batch normalisation with given statistics as a 1x1 depthwise convolution: x s + (b - m s), s = g / sqrt(v +
 * epsilon). ONNX Runtime fuses the ReLU that follows into it. It is faster only for large feature maps.
 */
function scaleAndShift(
  [x, scale, bias, mean, variance]: readonly Value[],
  { epsilon }: BatchNormalizationAttributes,
): Value | undefined {
  if (x.shape.length !== 4) return undefined;
  const [, channels, height, width] = x.shape;
  if (Number(height) * Number(width) < 1024) return undefined;
  const r = o.div(x.graph.scalar(1), o.sqrt(o.add(variance, x.graph.scalar(epsilon))));
  const s = o.mul(scale, r);
  const kernel = o.reshape(s, [Number(channels), 1, 1, 1]);
  return o.conv(x, kernel, { group: Number(channels), bias: o.sub(bias, o.mul(mean, s)) });
}

/**
 * A convolution from many channels to few as a transposed convolution with rotated kernels: the matrix
 * product comes first, and the shifted taps are summed afterwards, over few channels.
 */
function transposed(
  [x, kernel, bias]: readonly Value[],
  { pads, strides, group, dilations }: ConvAttributes,
): Value | undefined {
  const [out, channels, height, width] = kernel.shape.map(Number);
  const around = padsOfRotated(pads, kernel);
  const isPlain = !bias && group === 1 && !dilations && kernel.shape.length === 4;
  const fits = strides.every((s) => s === 1) && around.every((p) => p >= 0);
  if (!isPlain || !fits || height * width === 1 || channels < 8 * out) return undefined;
  return o.convTranspose(x, rotateKernel(kernel, o), { pads: around });
}

/**
 * The polyphase form, with the bias in a 1x1 convolution at its end: ONNX Runtime fuses that with the ReLU
 * that follows, and uses its blocked layout from there on.
 */
function polyphaseWithBiasLast(
  [x, kernel, bias]: readonly Value[],
  attributes: ConvTransposeAttributes,
): Value | undefined {
  const y = polyphaseConvTranspose([x, kernel], attributes);
  if (!y || !bias) return y;
  const channels = Number(y.shape[1]);
  const ones = tensor('float32', [channels, 1, 1, 1], new Float32Array(channels).fill(1));
  return o.conv(y, y.graph.constant(ones), { group: channels, bias });
}
