/**
 * A graph in the forms for which a GPU has kernels: a node without one runs on the processor, and its images travel there and back. The
 * results are the same up to rounding.
 */
import type { Graph, Value } from '../graph.ts';
import type { ConvTransposeAttributes } from '../ops/conv-transpose.ts';
import { builders as o } from '../ops/index.ts';
import { inPhases } from './in-phases.ts';
import { rewritten } from './rewritten.ts';

/**
 * Results that one kernel of WebGPU can have: together with what it reads, they are storage buffers, of which the standard promises eight
 * (W3C, *WebGPU*, limits). ONNX Runtime parts a value in one kernel.
 */
const mostResults = 7;

/**
 * @param api by which the GPU is used; default: any
 * @returns a new graph with the same inputs and outputs, see `rewritten`
 */
export function forGpu(graph: Graph, api: 'webgpu' | 'cuda' | 'any' = 'any'): Graph {
  return rewritten(graph, (node, inputs) => {
    const { operator, attributes, outputs } = node;
    if (operator.type === 'Split' && outputs.length > mostResults && api !== 'cuda') {
      const { axis } = attributes as { axis: number };
      return splitInTurn(
        inputs[0],
        axis,
        outputs.map(({ shape }) => Number(shape[axis])),
      );
    }
    if (operator.type !== 'ConvTranspose') return undefined;
    const even = evenlyPadded(inputs, attributes as ConvTransposeAttributes);
    return even && [even];
  });
}

/** A value parted into few runs of parts, and each of these again. */
function splitInTurn(x: Value, axis: number, lengths: readonly number[]): Value[] {
  if (lengths.length <= mostResults) return o.split(x, axis, lengths);
  const size = Math.ceil(lengths.length / mostResults);
  const runs = Array.from({ length: Math.ceil(lengths.length / size) }, (_, i) =>
    lengths.slice(i * size, (i + 1) * size),
  );
  const wholes = o.split(
    x,
    axis,
    runs.map((run) => run.reduce((a, b) => a + b)),
  );
  return runs.flatMap((run, i) => (run.length === 1 ? [wholes[i]] : splitInTurn(wholes[i], axis, run)));
}

/**
 * ONNX Runtime's CUDA provider has no transposed convolution that cuts off more at one side than at the other. Here both sides are cut alike,
 * and a slice takes off the rest. Between the two the size is odd; where sizes are not known yet, a graph has no shape for that, and the
 * four phases take its place.
 */
function evenlyPadded(
  [x, kernel, bias]: readonly Value[],
  attributes: ConvTransposeAttributes,
): Value | undefined {
  const { pads, output_padding } = attributes;
  const cuts = [0, 1].map((i) => [pads[i], pads[2 + i] - output_padding[i]] as const);
  const isEven = cuts.every(([begin, end]) => begin === end) && output_padding.every((n) => n === 0);
  // A result with more padding than is cut off has pixels that no slice gives.
  if (isEven || cuts.some(([, end]) => end < 0)) return undefined;
  if (!x.shape.slice(2).every((size) => typeof size === 'number')) {
    return inPhases([x, kernel], attributes, bias);
  }
  const even = cuts.map(([begin, end]) => Math.min(begin, end));
  const { strides, group, dilations } = attributes;
  const whole = o.convTranspose(x, kernel, { strides, group, dilations, pads: [...even, ...even], bias });
  return cuts.reduce((value, [begin, end], i) => {
    const [from, to] = [begin - even[i], Number(value.shape[2 + i]) - (end - even[i])];
    return from === 0 && to === value.shape[2 + i] ? value : o.slice(value, 2 + i, from, to);
  }, whole);
}
