/**
 * A graph in the forms that run fastest on a processor. The results are the same up to rounding. Measured with ONNX Runtime
 * 1.30 (docs/performance.md). For a GPU: `gpu.ts`.
 */
import { tensor } from '../../tensor/tensor.ts';
import type { Graph, GraphNode, Value } from '../graph.ts';
import type { BatchNormalizationAttributes } from '../ops/batch-normalization.ts';
import type { ConvAttributes } from '../ops/conv.ts';
import type { ConvTransposeAttributes } from '../ops/conv-transpose.ts';
import { builders as o } from '../ops/index.ts';
import { padsOfTurned, turnKernel } from '../ops/turn-kernel.ts';
import { inPhases } from './in-phases.ts';
import { rewritten } from './rewritten.ts';

/**
 * @param purpose 'inference' where ONNX Runtime keeps feature maps in its own blocked layout, as it does between kernels that
 * are part of the graph; 'training' where gradients are computed
 * @returns a new graph with the same inputs and outputs, see `rewritten`
 */
export function forProcessor(graph: Graph, purpose: 'inference' | 'training'): Graph {
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
      return purpose === 'inference' ? biasLast(inputs, attributes as ConvTransposeAttributes) : undefined;
    default:
      return undefined;
  }
}

/**
 * Batch normalisation with given statistics as a 1x1 depthwise convolution: x s + (b - m s), s = g / sqrt(v + epsilon). With
 * it, ONNX Runtime does a ReLU that follows in the same pass over memory. It pays where a feature map is large.
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
 * A convolution from many channels to few as the transpose of one with turned kernels: the matrix product comes first and the
 * sum over the shifted taps after it, when there are few channels left to shift.
 */
function transposed(
  [x, kernel, bias]: readonly Value[],
  { pads, strides, group, dilations }: ConvAttributes,
): Value | undefined {
  const [out, channels, height, width] = kernel.shape.map(Number);
  const around = padsOfTurned(pads, kernel);
  const isPlain = !bias && group === 1 && !dilations && kernel.shape.length === 4;
  const fits = strides.every((s) => s === 1) && around.every((p) => p >= 0);
  if (!isPlain || !fits || height * width === 1 || channels < 8 * out) return undefined;
  return o.convTranspose(x, turnKernel(kernel, o), { pads: around });
}

/**
 * `inPhases`, with the bias last, as a 1x1 convolution: ONNX Runtime adds it with the ReLU that follows, and keeps its own
 * layout from there on.
 */
function biasLast(
  [x, kernel, bias]: readonly Value[],
  attributes: ConvTransposeAttributes,
): Value | undefined {
  const y = inPhases([x, kernel], attributes);
  if (!y || !bias) return y;
  const channels = Number(y.shape[1]);
  const ones = tensor('float32', [channels, 1, 1, 1], new Float32Array(channels).fill(1));
  return o.conv(y, y.graph.constant(ones), { group: channels, bias });
}
