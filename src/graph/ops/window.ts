/**
 * What convolutions and pools share: windows that slide over an image, and the ways in which ONNX describes
 * them.
 */
import { type Dim, type Shape, scaleDim, staticShape } from '../dim.ts';
import type { Attributes } from '../operator.ts';
import { listOf } from './read-attributes.ts';

export type WindowAttributes = {
  /** One for each spatial axis, as in `dilations`. */
  readonly strides: readonly number[];
  /** Before each spatial axis, then after each: top, left, bottom, right. */
  readonly pads: readonly number[];
  /** The distance of neighbouring taps of a window. Left out: 1 everywhere. */
  readonly dilations?: readonly number[];
};

/**
 * @throws unless there are a stride >= 1, a dilation >= 1 and two paddings >= 0 for each of `count` spatial
 * axes
 */
export function checkWindow(
  op: string,
  { strides, pads, dilations = strides.map(() => 1) }: WindowAttributes,
  count: number,
): void {
  if (
    strides.length !== count ||
    strides.some((s) => !(s >= 1)) ||
    pads.length !== 2 * count ||
    pads.some((p) => !(p >= 0))
  ) {
    throw new Error(
      `${op}: ${count} strides >= 1 and ${2 * count} paddings >= 0 are needed, got [${strides}] and [${pads}]`,
    );
  }
  if (dilations.length !== count || dilations.some((d) => !(d >= 1))) {
    throw new Error(`${op}: ${count} dilations >= 1 are needed, got [${dilations}]`);
  }
}

/** How many elements each window spans: `dilation (size - 1) + 1`. */
export function spans(kernel: readonly number[], dilations?: readonly number[]): number[] {
  return kernel.map((size, i) => (dilations?.[i] ?? 1) * (size - 1) + 1);
}

/**
 * The number of windows along each spatial axis. With `ceil`, the last one may reach beyond the padded end,
 * but not begin there.
 * @throws when an axis is shorter than a window, or is symbolic and the number is not a multiple of it
 */
export function windowCounts(
  op: string,
  image: Shape,
  kernel: readonly number[],
  { strides, pads, dilations }: WindowAttributes,
  ceil = false,
): Dim[] {
  return spans(kernel, dilations).map((span, i) => {
    const dim = image[2 + i];
    const [stride, before] = [strides[i], pads[i]];
    const padding = before + pads[strides.length + i];
    if (typeof dim === 'number') {
      const steps = (dim + padding - span) / stride;
      if (steps < 0) throw new Error(`${op}: a size of ${dim} is too small for a kernel of ${span}`);
      if (!ceil) return Math.floor(steps) + 1;
      const count = Math.ceil(steps) + 1;
      return (count - 1) * stride >= dim + before ? count - 1 : count;
    }
    // Only in this case is floor((dim + padding - span) / stride) + 1 a multiple of dim.
    if (padding !== span - stride)
      throw new Error(`${op}: the output's size is not a fixed share of [${dim}]`);
    return scaleDim(dim, 1, stride);
  });
}

/**
 * Strides, paddings and dilations of a node that another program wrote; `auto_pad` is turned into paddings.
 * SAME gives ceil(size / stride) windows; the greater half of an odd padding is after the image (SAME_UPPER)
 * or before it (SAME_LOWER).
 */
export function readWindow(
  op: string,
  given: Attributes,
  image: Shape,
  kernel: readonly number[],
): WindowAttributes {
  const ones = kernel.map(() => 1);
  const strides = listOf(op, given, 'strides') ?? ones;
  const dilations = listOf(op, given, 'dilations')?.some((d) => d !== 1)
    ? listOf(op, given, 'dilations')
    : undefined;
  const none = [...ones, ...ones].fill(0);
  const mode = given.auto_pad ?? 'NOTSET';
  if (mode === 'NOTSET') return { strides, pads: listOf(op, given, 'pads') ?? none, dilations };
  if (mode === 'VALID') return { strides, pads: none, dilations };
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') {
    throw new Error(`${op}: auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER, got ${String(mode)}`);
  }
  const totals = spans(kernel, dilations).map((span, i) => {
    const [length] = staticShape([image[2 + i]], `${op} with auto_pad`);
    return Math.max(0, (Math.ceil(length / strides[i]) - 1) * strides[i] + span - length);
  });
  const lesser = totals.map((total) => total >> 1);
  const greater = totals.map((total) => total - (total >> 1));
  const pads = mode === 'SAME_UPPER' ? [...lesser, ...greater] : [...greater, ...lesser];
  return { strides, pads, dilations };
}
