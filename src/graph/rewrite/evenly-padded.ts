import type { Value } from '../graph.ts';
import type { ConvTransposeAttributes } from '../ops/conv-transpose.ts';
import { builders as o } from '../ops/index.ts';
import { inPhases } from './in-phases.ts';

/**
 * ONNX Runtime's CUDA provider has no transposed convolution that cuts off more at one side than at the other. Here both
 * sides are cut alike, and a slice takes off the rest. Between the two the size is odd; where sizes are not known yet, a
 * graph has no shape for that, and the four phases take its place.
 */
export function evenlyPadded(
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
