import type { Value } from '../graph.ts';
import type { ConvTransposeAttributes } from '../ops/conv-transpose.ts';
import { builders as o } from '../ops/index.ts';

/**
 * A 3x3 transposed convolution that doubles the size, as four convolutions: one for each phase of the result, its even and odd
 * rows and columns. An even row i meets the taps 0 of row i / 2 and 2 of the row before, an odd one tap 1.
 * @param bias added in each of the four; left out: none
 * @returns undefined where the convolution is another one
 */
export function inPhases(
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
