import { staticShape } from '../dim.ts';
import { checkSameType, checkShape, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { Builders } from './index.ts';
import { kernelGradient } from './kernel-gradient.ts';
import { checkKnown, listOf, numberOf } from './read-attributes.ts';
import { padsOfRotated, rotateKernel } from './rotate-kernel.ts';
import { perImage } from './split-rules.ts';
import { checkWindow, readWindow, spans, type WindowAttributes, windowCounts } from './window.ts';

export type ConvAttributes = WindowAttributes & { readonly group: number };

/**
 * y[o, i] = sum over c, k of w[o, c, k] x[c, s i + d k - p]  +  b[o]   (a cross-correlation, as in all deep
 * learning libraries)
 *
 *     dx = dy correlated with the kernel rotated by 180 degrees, its input and output channels exchanged
 *     dw[o, c, k] = sum over n, i of dy[n, o, i] x[n, c, s i + d k - p]
 *     db[o] = sum over n, i of dy[n, o, i]
 *
 * The input is an image `[N, C, H, W]` or a sequence `[N, C, W]`, which is treated as an image one pixel
 * high.
 */
export const Conv: Operator<ConvAttributes> = {
  type: 'Conv',
  inputs: [2, 3],
  attributes: { strides: 'ints', pads: 'ints', group: 'int', dilations: 'ints' },
  read: (given, [x, w]) => {
    checkKnown('Conv', given, ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides']);
    const kernel = staticShape(w.shape.slice(2), 'the kernel of Conv');
    const said = listOf('Conv', given, 'kernel_shape') ?? kernel;
    if (String(said) !== String(kernel)) {
      throw new Error(`Conv: kernel_shape is [${said}], the kernel has shape [${w.shape}]`);
    }
    const { strides, pads, dilations } = readWindow('Conv', given, x.shape, kernel);
    return { strides, pads, group: numberOf('Conv', given, 'group') ?? 1, dilations };
  },
  infer: ([x, w, b], attributes) => {
    const { group } = attributes;
    checkImage('Conv', x, w);
    checkSameType('Conv', x, w);
    checkWindow('Conv', attributes, x.shape.length - 2);
    const [n, channels] = x.shape;
    const [out, perGroup, ...kernel] = staticShape(w.shape, 'the kernel of Conv');
    if (out % group !== 0) throw new Error(`Conv: ${out} outputs do not divide into ${group} groups`);
    if (channels !== perGroup * group) {
      throw new Error(`Conv: kernel has ${perGroup * group} input channels, image has ${channels}`);
    }
    if (b) checkShape('Conv', 'the bias', b, [out]);
    return [{ dtype: x.dtype, shape: [n, out, ...windowCounts('Conv', x.shape, kernel, attributes)] }];
  },
  gradient: ({ inputs: [x, w, b], attributes }, [dy], o) => {
    const ofImage = imageAttributes(attributes);
    const [image, kernel, dImage] = [x, w, dy].map((value) => asImage(value, o));
    return [
      asShaped(x, imageGradient(image, kernel, dImage, ofImage, o), o),
      asShaped(w, kernelGradient(dImage, image, kernel.shape, ofImage, o), o),
      ...(b ? [o.reduceSum(dImage, [0, 2, 3])] : []),
    ];
  },
  splitBatch: perImage,
};

/** @throws unless input and kernel are both of images or both of sequences */
function checkImage(op: string, x: Value, w: Value): void {
  const rank = x.shape.length;
  if (rank < 3 || rank > 4)
    throw new Error(
      `${op}: the input must be an image of rank 4 or a sequence of rank 3, got shape [${x.shape}]`,
    );
  if (w.shape.length !== rank) {
    throw new Error(
      `${op}: the kernel must have rank ${rank}, as the input [${x.shape}], got shape [${w.shape}]`,
    );
  }
}

/** A sequence `[A, B, W]` as an image `[A, B, 1, W]`; an image unchanged. */
function asImage(value: Value, o: Builders): Value {
  if (value.shape.length === 4) return value;
  const [a, b, width] = staticShape(value.shape, 'gradient of Conv');
  return o.reshape(value, [a, b, 1, width]);
}

function asShaped(like: Value, value: Value, o: Builders): Value {
  return like.shape.length === 4 ? value : o.reshape(value, staticShape(like.shape, 'gradient of Conv'));
}

function imageAttributes(attributes: ConvAttributes): ConvAttributes {
  const { strides, pads, group, dilations } = attributes;
  if (strides.length === 2) return attributes;
  return {
    strides: [1, ...strides],
    pads: [0, pads[0], 0, pads[1]],
    group,
    dilations: dilations && [1, ...dilations],
  };
}

function imageGradient(x: Value, w: Value, dy: Value, attributes: ConvAttributes, o: Builders): Value {
  const { strides, pads, group, dilations } = attributes;
  const around = padsOfRotated(pads, w, dilations);
  if (strides.every((stride) => stride === 1) && around.every((p) => p >= 0)) {
    // Three times as fast as ConvTranspose on the CPU.
    return o.conv(dy, rotateKernel(w, o, group), { pads: around, group, dilations });
  }
  const kernel = staticShape(w.shape.slice(2), 'the kernel of Conv');
  const outputPadding = spans(kernel, dilations).map((span, i) => {
    const [length, from] = staticShape([x.shape[2 + i], dy.shape[2 + i]], 'gradient of Conv');
    return length - ((from - 1) * strides[i] + span - pads[i] - pads[2 + i]);
  });
  return o.convTranspose(dy, w, { strides, pads, outputPadding, group, dilations });
}

/**
 * Cross-correlation of `x` `[N, C, H, W]` with a kernel `[O, C / group, kh, kw]`, or of `[N, C, W]` with
 * `[O, C / group, k]`.
 * Defaults: stride 1, no padding, one group, no dilation, no bias (`[O]`). `pads` are top, left, bottom,
 * right.
 */
export function conv(
  x: Value,
  kernel: Value,
  {
    strides = kernel.shape.slice(2).map(() => 1),
    pads = [...strides, ...strides].fill(0),
    group = 1,
    dilations,
    bias,
  }: Partial<ConvAttributes> & { readonly bias?: Value } = {},
): Value {
  const inputs = bias ? [x, kernel, bias] : [x, kernel];
  return x.graph.add(Conv, inputs, { strides, pads, group, dilations })[0];
}
