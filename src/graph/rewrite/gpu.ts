/**
 * A graph in the forms for which a GPU has kernels: a node without one runs on the processor, and its images travel there and back. The
 * results are the same up to rounding.
 */
import type { Graph, Value } from '../graph.ts';
import type { ConvTransposeAttributes } from '../ops/conv-transpose.ts';
import { builders as o } from '../ops/index.ts';
import { inPhases } from './in-phases.ts';
import { rewritten } from './rewritten.ts';

/** @returns a new graph with the same inputs and outputs, see `rewritten` */
export function forGpu(graph: Graph): Graph {
  return rewritten(graph, ({ operator: { type }, attributes }, inputs) =>
    type === 'ConvTranspose' ? evenlyPadded(inputs, attributes as ConvTransposeAttributes) : undefined,
  );
}

/**
 * ONNX Runtime's CUDA provider has no transposed convolution that cuts off more at one side than at the other. With an even cut, the
 * rest is cut off the result; where sizes are not known yet, a result of an odd size has no shape here, and the phases are computed.
 */
function evenlyPadded(
  [x, kernel, bias]: readonly Value[],
  attributes: ConvTransposeAttributes,
): Value | undefined {
  const { pads, output_padding } = attributes;
  const cuts = [0, 1].map((i) => [pads[i], pads[2 + i] - output_padding[i]] as const);
  if (cuts.every(([begin, end]) => begin === end)) return undefined;
  const known = x.shape.slice(2).every((size) => typeof size === 'number');
  if (!known) return inPhases([x, kernel], attributes, bias);
  const even = cuts.map(([begin, end]) => Math.max(0, Math.min(begin, end)));
  if (cuts.some(([, end]) => end < 0)) return undefined;
  const { strides, group, dilations } = attributes;
  const whole = o.convTranspose(x, kernel, { strides, group, dilations, pads: [...even, ...even], bias });
  return cuts.reduce((value, [begin, end], i) => {
    const [from, to] = [begin - even[i], Number(value.shape[2 + i]) - (end - even[i])];
    return from === 0 && to === value.shape[2 + i] ? value : o.slice(value, 2 + i, from, to);
  }, whole);
}
