import type { Value } from '../graph.ts';
import type { ConvTransposeAttributes } from '../ops/conv-transpose.ts';
import { builders as o } from '../ops/index.ts';

/**
 * A 3x3 transposed convolution with stride 2 as four convolutions, one for each phase of the result (even or
 * odd row, even or odd column). An even row i reads tap 0 of row i / 2 and tap 2 of the row before; an odd
 * row reads tap 1.
 * @param bias added in each of the four; default: none
 * @returns undefined where the convolution has another form
 */
export function polyphaseConvTranspose(
  [x, kernel]: readonly Value[],
  { strides, pads, output_padding, group, dilations }: ConvTransposeAttributes,
  bias?: Value,
): Value | undefined {
  const doubles = String([strides, pads, output_padding]) === '2,2,0,0,1,1,0,0';
  if (!doubles || group || dilations || String(kernel.shape.slice(2)) !== '3,3') return undefined;
  const w = o.transpose(kernel, [1, 0, 2, 3]);
  const taps = (from: Value, axis: number, phase: number): Value =>
    phase === 1
      ? o.slice(from, axis, 1, 2)
      : o.concat([o.slice(from, axis, 2, 3), o.slice(from, axis, 0, 1)], axis);
  const phases = [0, 1].flatMap((i) =>
    [0, 1].map((j) => o.conv(x, taps(taps(w, 2, i), 3, j), { pads: [1 - i, 1 - j, 0, 0], bias })),
  );
  return o.depthToSpace(o.concat(phases, 1), 2);
}
