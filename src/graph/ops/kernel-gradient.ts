/**
 * The gradient of a kernel, of Conv and of ConvTranspose:
 *
 *     dw[a, b, k] = sum over n, i of small[n, a, i] large[n, b, s i + d k - p]
 *
 * As a convolution this is ten times slower on the CPU (a huge kernel, a tiny result). Here the taps of one
 * side are laid side by side (im2col, by a depthwise convolution with one-hot kernels), where possible of the
 * side with fewer channels, and one batched matrix product does the sum over i.
 */
import { tensor } from '../../tensor/tensor.ts';
import { type Shape, staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Builders } from './index.ts';
import { spans, type WindowAttributes } from './window.ts';

/** How a kernel moves over the image. */
type Taps = WindowAttributes & { readonly group?: number };

/**
 * @param small `[N, A, h, w]`: the side that is read at every position i
 * @param large `[N, B, H, W]`: the side that is read at stride s
 * @param shape of the kernel, `[A, B / group, kh, kw]`
 * @param taps with the pads top, left, bottom, right of `large`
 */
export function kernelGradient(small: Value, large: Value, shape: Shape, taps: Taps, o: Builders): Value {
  const { strides, pads, group = 1, dilations } = taps;
  const [a, b, kh, kw] = staticShape(shape, 'gradient of a kernel');
  const sameGrid =
    strides.every((s) => s === 1) && pads[0] + pads[2] === kh - 1 && pads[1] + pads[3] === kw - 1;
  if (sameGrid && a < b && group === 1 && !dilations) {
    // At position j of `large`, small[i] with i = j - k + p is a tap of the kernel rotated by 180 degrees.
    const around = [kh - 1 - pads[0], kw - 1 - pads[1], kh - 1 - pads[2], kw - 1 - pads[3]];
    const turned = tapProducts(small, large, [kh, kw], { strides, pads: around }, o);
    return o.reshape(o.transpose(o.reverse(turned, 1), [0, 2, 1]), [a, b, kh, kw]);
  }
  const products = tapProducts(large, small, [kh, kw], taps, o);
  const ordered =
    group === 1
      ? o.transpose(products, [2, 0, 1])
      : o.transpose(o.reshape(products, [group, b, kh * kw, a / group]), [0, 3, 1, 2]);
  return o.reshape(ordered, [a, b, kh, kw]);
}

/**
 * p[c, k, d] = sum over n, i of x[n, c, s i + k - p] y[n, d, i]: `[C, taps, D]`; with groups, d counts within
 * the group of c.
 * In two parts where that is cheaper or safer: the middle tap needs no shift, and on WebGPU (ONNX Runtime
 * 1.30) a depthwise convolution with nine outputs per channel silently gives wrong results.
 */
function tapProducts(
  x: Value,
  y: Value,
  kernel: readonly [number, number],
  window: Taps,
  o: Builders,
): Value {
  const { strides, pads, group = 1, dilations } = window;
  const taps = Array.from({ length: kernel[0] * kernel[1] }, (_, k) => k);
  const shifted = (some: readonly number[]): Value =>
    product(shift(x, some, kernel, window, o), y, some.length, group, o);
  const middle = (taps.length - 1) / 2;
  const reach = spans(kernel, dilations);
  const unshifted = strides.every((s) => s === 1) && pads.every((p, i) => p === (reach[i % 2] - 1) / 2);
  if (unshifted) {
    const centre = product(x, y, 1, group, o);
    if (taps.length === 1) return centre;
    const others = shifted(taps.filter((k) => k !== middle));
    return o.concat([o.slice(others, 1, 0, middle), centre, o.slice(others, 1, middle, 2 * middle)], 1);
  }
  if (taps.length === 9) return o.concat([shifted(taps.slice(0, 8)), shifted(taps.slice(8))], 1);
  return shifted(taps);
}

/**
 * Some taps of every channel as channels: `[N, C, H, W]` -> `[N, C x taps, h, w]`, the taps of a channel
 * together.
 */
function shift(
  x: Value,
  taps: readonly number[],
  [kh, kw]: readonly [number, number],
  { strides, pads, dilations }: Taps,
  o: Builders,
): Value {
  const channels = Number(x.shape[1]);
  const oneHot = tensor('float32', [channels * taps.length, 1, kh, kw]);
  for (let row = 0; row < channels * taps.length; row++)
    oneHot.data[row * kh * kw + taps[row % taps.length]] = 1;
  return o.conv(x, x.graph.constant(oneHot), { strides, pads, group: channels, dilations });
}

/** sum over n, i of columns[n, (c, k), i] y[n, d, i], within each group: `[C, taps, D / group]`. */
function product(columns: Value, y: Value, taps: number, group: number, o: Builders): Value {
  const [n, rows, h, w] = staticShape(columns.shape, 'gradient of a kernel');
  const d = Number(y.shape[1]) / group;
  const lead = group === 1 ? [n] : [n, group];
  const swapped = group === 1 ? [0, 2, 1] : [0, 1, 3, 2];
  const right = o.transpose(o.reshape(y, [...lead, d, h * w]), swapped);
  const sum = o.reduceSum(o.matMul(o.reshape(columns, [...lead, rows / group, h * w]), right), [0]);
  return o.reshape(sum, [rows / taps, taps, d]);
}
