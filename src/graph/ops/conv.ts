import { type Dim, scaleDim, staticShape } from '../dim.ts';
import { checkRank, checkSameType, checkShape, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { Builders } from './index.ts';
import { kernelGradient } from './kernel-gradient.ts';
import { perImage } from './split-rules.ts';
import { padsOfTurned, turnKernel } from './turn-kernel.ts';

export type ConvAttributes = {
  readonly strides: readonly number[];
  /** top, left, bottom, right */
  readonly pads: readonly number[];
  readonly group: number;
};

/**
 * y[o, i] = sum over c, k of w[o, c, k] x[c, s i + k - p]  +  b[o]   (a correlation, as everywhere in this field)
 *
 *     dx = dy correlated with the kernel turned by 180 degrees, inputs and outputs exchanged
 *     dw[o, c, k] = sum over n, i of dy[n, o, i] x[n, c, s i + k - p]
 *     db[o] = sum over n, i of dy[n, o, i]
 */
export const Conv: Operator<ConvAttributes> = {
  type: 'Conv',
  inputs: [2, 3],
  attributes: { strides: 'ints', pads: 'ints', group: 'int' },
  infer: ([x, w, b], { strides, pads, group }) => {
    checkRank('Conv', 'the image', x, 4);
    checkRank('Conv', 'the kernel', w, 4);
    checkSameType('Conv', x, w);
    checkWindow('Conv', strides, pads);
    const [n, channels, height, width] = x.shape;
    const [out, perGroup, kh, kw] = staticShape(w.shape, 'the kernel of Conv');
    if (out % group !== 0) throw new Error(`Conv: ${out} outputs do not divide into ${group} groups`);
    if (channels !== perGroup * group) {
      throw new Error(`Conv: kernel has ${perGroup * group} input channels, image has ${channels}`);
    }
    if (b) checkShape('Conv', 'the bias', b, [out]);
    const h = outputLength(height, kh, strides[0], pads[0] + pads[2]);
    return [{ dtype: x.dtype, shape: [n, out, h, outputLength(width, kw, strides[1], pads[1] + pads[3])] }];
  },
  gradient: ({ inputs: [x, w, b], attributes: { strides, pads, group } }, [dy], o) => {
    if (group !== 1) throw new Error('internal: Conv with groups has no gradient rule');
    return [
      imageGradient(x, w, dy, strides, pads, o),
      kernelGradient(dy, x, w.shape, strides, pads, o),
      ...(b ? [o.reduceSum(dy, [0, 2, 3])] : []),
    ];
  },
  splitBatch: perImage,
};

/** @throws unless there are two strides >= 1 and four paddings >= 0. */
export function checkWindow(op: string, strides: readonly number[], pads: readonly number[]): void {
  if (
    strides.length !== 2 ||
    strides.some((s) => !(s >= 1)) ||
    pads.length !== 4 ||
    pads.some((p) => !(p >= 0))
  ) {
    throw new Error(`${op}: 2 strides >= 1 and 4 paddings >= 0 are needed, got [${strides}] and [${pads}]`);
  }
}

function imageGradient(
  x: Value,
  w: Value,
  dy: Value,
  strides: readonly number[],
  pads: readonly number[],
  o: Builders,
): Value {
  const [, , kh, kw] = staticShape(w.shape, 'the kernel of Conv');
  if (strides.every((stride) => stride === 1)) {
    // Faster than ConvTranspose on the CPU by a factor of three.
    const around = padsOfTurned(pads, w);
    if (around.some((p) => p < 0)) {
      throw new Error(`internal: Conv padded by [${pads}], beyond its kernel, has no gradient rule`);
    }
    return o.conv(dy, turnKernel(w, o), { pads: around });
  }
  const outputPadding = [0, 1].map((i) => {
    const [length, from] = staticShape([x.shape[2 + i], dy.shape[2 + i]], 'gradient of Conv');
    return length - ((from - 1) * strides[i] + [kh, kw][i] - pads[i] - pads[2 + i]);
  });
  return o.convTranspose(dy, w, { strides, pads, outputPadding });
}

function outputLength(dim: Dim, kernel: number, stride: number, padding: number): Dim {
  if (typeof dim === 'number') {
    const length = Math.floor((dim + padding - kernel) / stride) + 1;
    if (length < 1) throw new Error(`Conv: a size of ${dim} is too small for a kernel of ${kernel}`);
    return length;
  }
  // floor((dim + padding - kernel) / stride) + 1 is a plain multiple only in this case.
  if (padding !== kernel - stride)
    throw new Error(`internal: Conv: the size of [${dim}] is no multiple of it`);
  return scaleDim(dim, 1, stride);
}

/**
 * Correlates `x` `[N, C, H, W]` with a kernel `[O, C / group, kh, kw]`.
 * Defaults: stride 1, no padding, one group, no bias (`[O]`). `pads` are top, left, bottom, right.
 */
export function conv(
  x: Value,
  kernel: Value,
  {
    strides = [1, 1],
    pads = [0, 0, 0, 0],
    group = 1,
    bias,
  }: Partial<ConvAttributes> & { readonly bias?: Value } = {},
): Value {
  const inputs = bias ? [x, kernel, bias] : [x, kernel];
  return x.graph.add(Conv, inputs, { strides, pads, group })[0];
}
