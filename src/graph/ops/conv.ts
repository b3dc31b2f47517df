import { staticShape } from '../dim.ts';
import { checkSameType, checkShape, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { Builders } from './index.ts';
import { kernelGradient } from './kernel-gradient.ts';
import { checkKnown, listOf, numberOf } from './read-attributes.ts';
import { perImage } from './split-rules.ts';
import { padsOfTurned, turnKernel } from './turn-kernel.ts';
import { checkWindow, readWindow, spans, type WindowAttributes, windowCounts } from './window.ts';

export type ConvAttributes = WindowAttributes & { readonly group: number };

/**
 * y[o, i] = sum over c, k of w[o, c, k] x[c, s i + d k - p]  +  b[o]   (a correlation, as everywhere in this field)
 *
 *     dx = dy correlated with the kernel turned by 180 degrees, inputs and outputs exchanged
 *     dw[o, c, k] = sum over n, i of dy[n, o, i] x[n, c, s i + d k - p]
 *     db[o] = sum over n, i of dy[n, o, i]
 *
 * Of an image `[N, C, H, W]`, or of a row `[N, C, W]`, whose gradient is that of an image one pixel high.
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

/** @throws unless both are of images or both of rows. */
function checkImage(op: string, x: Value, w: Value): void {
  const rank = x.shape.length;
  if (rank < 3 || rank > 4)
    throw new Error(`${op}: the image has rank 4, or 3 as a row, got shape [${x.shape}]`);
  if (w.shape.length !== rank) {
    throw new Error(`${op}: the kernel has rank ${rank}, as [${x.shape}] has, got shape [${w.shape}]`);
  }
}

/** A row `[A, B, W]` as an image `[A, B, 1, W]`; an image as it is. */
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
  const around = padsOfTurned(pads, w, dilations);
  if (strides.every((stride) => stride === 1) && around.every((p) => p >= 0)) {
    // Faster than ConvTranspose on the CPU by a factor of three.
    return o.conv(dy, turnKernel(w, o, group), { pads: around, group, dilations });
  }
  const kernel = staticShape(w.shape.slice(2), 'the kernel of Conv');
  const outputPadding = spans(kernel, dilations).map((span, i) => {
    const [length, from] = staticShape([x.shape[2 + i], dy.shape[2 + i]], 'gradient of Conv');
    return length - ((from - 1) * strides[i] + span - pads[i] - pads[2 + i]);
  });
  return o.convTranspose(dy, w, { strides, pads, outputPadding, group, dilations });
}

/**
 * Correlates `x` `[N, C, H, W]` with a kernel `[O, C / group, kh, kw]`, or `[N, C, W]` with `[O, C / group, k]`.
 * Defaults: stride 1, no padding, one group, no dilation, no bias (`[O]`). `pads` are top, left, bottom, right.
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
