import type { Value } from '../graph.ts';
import type { ConvTransposeAttributes } from '../ops/conv-transpose.ts';
import { builders as o } from '../ops/index.ts';
import { polyphaseConvTranspose } from './polyphase.ts';

/**
 * ONNX Runtime's CUDA provider has no transposed convolution with unequal crops at opposite sides. This form
 * crops both sides equally, and a Slice removes the rest. The size in between is odd; where sizes are
 * symbolic no shape can express that, and the polyphase form is used instead.
 */
export function symmetricPads(
  [x, kernel, bias]: readonly Value[],
  attributes: ConvTransposeAttributes,
): Value | undefined {
  const { pads, output_padding } = attributes;
  const cuts = [0, 1].map((i) => [pads[i], pads[2 + i] - output_padding[i]] as const);
  const isEven = cuts.every(([begin, end]) => begin === end) && output_padding.every((n) => n === 0);
  // With more output padding than crop, the result has pixels that no slice gives.
  if (isEven || cuts.some(([, end]) => end < 0)) return undefined;
  if (!x.shape.slice(2).every((size) => typeof size === 'number')) {
    return polyphaseConvTranspose([x, kernel], attributes, bias);
  }
  const even = cuts.map(([begin, end]) => Math.min(begin, end));
  const { strides, group, dilations } = attributes;
  const whole = o.convTranspose(x, kernel, { strides, group, dilations, pads: [...even, ...even], bias });
  return cuts.reduce((value, [begin, end], i) => {
    const [from, to] = [begin - even[i], Number(value.shape[2 + i]) - (end - even[i])];
    return from === 0 && to === value.shape[2 + i] ? value : o.slice(value, 2 + i, from, to);
  }, whole);
}
