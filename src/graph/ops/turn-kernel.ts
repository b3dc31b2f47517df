import { staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Builders } from './index.ts';

/** A kernel turned by 180 degrees, inputs and outputs exchanged: `[A, B, kh, kw]` -> `[B, A, kh, kw]`. */
export function turnKernel(kernel: Value, o: Builders): Value {
  const [a, b, height, width] = staticShape(kernel.shape, 'a kernel that is turned');
  const exchanged = o.transpose(kernel, [1, 0, 2, 3]);
  if (height * width === 1) return exchanged;
  // Both axes at once: in reverse order as one.
  return o.reshape(o.reverse(o.reshape(exchanged, [b, a, height * width]), 2), [b, a, height, width]);
}

/** The padding with which the turned kernel undoes a convolution padded by `pads` (top, left, bottom, right). Negative: none does. */
export function padsOfTurned(pads: readonly number[], kernel: Value): number[] {
  return pads.map((p, i) => Number(kernel.shape[2 + (i % 2)]) - 1 - p);
}
