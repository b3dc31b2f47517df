import { staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Builders } from './index.ts';
import { spans } from './window.ts';

/**
 * A kernel rotated by 180 degrees, its input and output channels exchanged within each group:
 * `[G A, B, kh, kw]` -> `[G B, A, kh, kw]`.
 */
export function rotateKernel(kernel: Value, o: Builders, group = 1): Value {
  const [all, b, height, width] = staticShape(kernel.shape, 'a rotated kernel');
  const a = all / group;
  const exchanged =
    group === 1
      ? o.transpose(kernel, [1, 0, 2, 3])
      : o.transpose(o.reshape(kernel, [group, a, b, height * width]), [0, 2, 1, 3]);
  if (height * width === 1 && group === 1) return exchanged;
  // Reversing the flattened kernel reverses both axes.
  const rotated = o.reverse(o.reshape(exchanged, [group * b, a, height * width]), 2);
  return o.reshape(rotated, [group * b, a, height, width]);
}

/**
 * The padding with which a convolution by the rotated kernel is the gradient of one padded by `pads` (top,
 * left, bottom, right). Negative: no padding is.
 */
export function padsOfRotated(
  pads: readonly number[],
  kernel: Value,
  dilations?: readonly number[],
): number[] {
  const reach = spans(kernel.shape.slice(2).map(Number), dilations);
  return pads.map((p, i) => reach[i % 2] - 1 - p);
}
