/**
 * A graph in the forms that run fastest on a processor. The results are the same up to rounding. Measured with ONNX Runtime
 * 1.30 (docs/performance.md); a GPU takes the graph as it is.
 */
import { tensor } from '../../tensor/tensor.ts';
import { Graph, type GraphNode, type Value } from '../graph.ts';
import type { BatchNormalizationAttributes } from '../ops/batch-normalization.ts';
import type { ConvAttributes } from '../ops/conv.ts';
import type { ConvTransposeAttributes } from '../ops/conv-transpose.ts';
import { builders as o } from '../ops/index.ts';
import { padsOfTurned, turnKernel } from '../ops/turn-kernel.ts';
import { copyNode } from './copy-node.ts';

/**
 * @param purpose 'inference' where ONNX Runtime keeps feature maps in its own blocked layout, as it does between kernels that
 * are part of the graph; 'training' where gradients are computed
 * @returns a new graph with the same inputs and outputs. Nodes keep their names; those put in a node's place have its name and `/`
 * before their own.
 */
export function forProcessor(graph: Graph, purpose: 'inference' | 'training'): Graph {
  const target = new Graph();
  const values = new Map<Value, Value>();
  for (const value of graph.inputs) values.set(value, target.input(value.name, value.dtype, value.shape));
  for (const value of graph.initializers) {
    if (value.content) values.set(value, target.initializer(value.name, value.content));
  }
  const of = (value: Value): Value => values.get(value) as Value;
  for (const node of graph.liveNodes()) {
    const inputs = node.inputs.map((value) => value && of(value));
    const faster = target.named(node.outputs[0].name, () =>
      fasterForm(node, inputs as readonly Value[], purpose),
    );
    const made = faster ? [faster] : copyNode(target, node, inputs, graph.outputs);
    for (const [i, value] of node.outputs.entries()) values.set(value, made[i]);
  }
  for (const value of graph.outputs) target.output(o.identity(of(value), value.name));
  return target;
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
      return purpose === 'inference' ? inPhases(inputs, attributes as ConvTransposeAttributes) : undefined;
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
 * A 3x3 transposed convolution that doubles the size, as four convolutions: one for each phase of the result, its even and odd
 * rows and columns. The bias comes last, as a 1x1 convolution: ONNX Runtime adds it with the ReLU that follows, and keeps its
 * own layout from there on. An even row i meets the taps 0 of row i / 2 and 2 of the row before, an odd one tap 1.
 */
function inPhases(
  [x, kernel, bias]: readonly Value[],
  { strides, pads, output_padding, group, dilations }: ConvTransposeAttributes,
): Value | undefined {
  const doubles = String([strides, pads, output_padding]) === '2,2,0,0,1,1,0,0';
  if (!doubles || group || dilations || String(kernel.shape.slice(2)) !== '3,3') return undefined;
  const w = o.transpose(kernel, [1, 0, 2, 3]);
  const taps = (from: Value, axis: number, phase: number): Value =>
    phase === 1
      ? o.slice(from, axis, 1, 2)
      : o.concat([o.slice(from, axis, 2, 3), o.slice(from, axis, 0, 1)], axis);
  const phases = [0, 1].flatMap((i) =>
    [0, 1].map((j) => o.conv(x, taps(taps(w, 2, i), 3, j), { pads: [1 - i, 1 - j, 0, 0] })),
  );
  const y = o.depthToSpace(o.concat(phases, 1), 2);
  if (!bias) return y;
  const channels = Number(y.shape[1]);
  const ones = tensor('float32', [channels, 1, 1, 1], new Float32Array(channels).fill(1));
  return o.conv(y, y.graph.constant(ones), { group: channels, bias });
}
