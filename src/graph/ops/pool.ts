/**
 * What MaxPool and AveragePool share: windows over an image, and the sum of their gradients where they
 * overlap.
 */
import { tensor } from '../../tensor/tensor.ts';
import { scaleDim, staticShape } from '../dim.ts';
import { checkRank, type Value, type ValueType } from '../graph.ts';
import type { Attributes } from '../operator.ts';
import type { Builders } from './index.ts';
import { listOf, numberOf } from './read-attributes.ts';
import { checkWindow, readWindow, spans, type WindowAttributes, windowCounts } from './window.ts';

export type PoolAttributes = {
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
  /** top, left, bottom, right. Left out: none. */
  readonly pads?: readonly number[];
  /** 1: the last window may reach beyond the end. Left out: 0. */
  readonly ceil_mode?: number;
  /** The distance of neighbouring taps of a window. Left out: 1. */
  readonly dilations?: readonly number[];
};

export interface Pooling extends WindowAttributes {
  readonly kernel: readonly number[];
  readonly ceil: boolean;
}

export const noPads: readonly number[] = [0, 0, 0, 0];

export function poolingOf({
  kernel_shape,
  strides,
  pads = noPads,
  ceil_mode,
  dilations,
}: PoolAttributes): Pooling {
  return { kernel: kernel_shape, strides, pads, ceil: ceil_mode === 1, dilations };
}

export function inferPool(op: string, [x]: readonly Value[], attributes: PoolAttributes): ValueType[] {
  checkRank(op, 'the image', x, 4);
  const pooling = poolingOf(attributes);
  checkWindow(op, pooling, 2);
  if (pooling.kernel.length !== 2)
    throw new Error(`${op}: windows must have 2 axes, got [${pooling.kernel}]`);
  const counts = windowCounts(op, x.shape, pooling.kernel, pooling, pooling.ceil);
  return [{ dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...counts] }];
}

/** The windows of a node that another program wrote; attributes with ONNX's default are left out. */
export function readPool(op: string, given: Attributes, x: Value): PoolAttributes {
  const kernel = listOf(op, given, 'kernel_shape');
  if (!kernel) throw new Error(`${op}: attribute 'kernel_shape' (ints) is needed`);
  const { strides, pads, dilations } = readWindow(op, given, x.shape, kernel);
  return {
    kernel_shape: kernel,
    strides,
    pads: pads.some((p) => p !== 0) ? pads : undefined,
    ceil_mode: numberOf(op, given, 'ceil_mode') === 1 ? 1 : undefined,
    dilations,
  };
}

/**
 * Attributes of square tiles that do not overlap.
 * @throws when height or width of `x` is not a multiple of `size`
 */
export function tileAttributes(x: Value, size: number): PoolAttributes {
  for (const dim of x.shape.slice(2)) scaleDim(dim, 1, size);
  return { kernel_shape: [size, size], strides: [size, size] };
}

/**
 * The side of the square tiles, without overlap, that a node's windows cover its image with; undefined: the
 * windows are no such tiles.
 */
export function tileSize(x: Value, y: Value, attributes: PoolAttributes): number | undefined {
  const { kernel, strides, pads, dilations } = poolingOf(attributes);
  const [size] = kernel;
  const isTile = [...kernel, ...strides].every((n) => n === size) && pads.every((p) => p === 0) && !dilations;
  const isWhole = [2, 3].every((axis) => {
    const [from, to] = [x.shape[axis], y.shape[axis]];
    return typeof from === 'string' || from === Number(to) * size;
  });
  return isTile && isWhole ? size : undefined;
}

/**
 * Sums windows into an image of the shape of `x` (col2im). With `taps` channels for each channel of the
 * image, `[N, C taps, h, w]`, each tap's channel is added to that tap's pixel; with one channel, it is added
 * to all pixels of the window.
 */
export function foldWindows(windows: Value, x: Value, pooling: Pooling, o: Builders): Value {
  const { kernel, strides, pads, dilations } = pooling;
  const [, channels, ...lengths] = staticShape(x.shape, 'gradient of a pool');
  const [, rows, ...counts] = staticShape(windows.shape, 'gradient of a pool');
  const taps = kernel[0] * kernel[1];
  const weights = tensor('float32', [rows, 1, ...kernel]);
  weights.data.forEach((_, i) => {
    const row = Math.floor(i / taps);
    weights.data[i] = rows === channels || row % taps === i % taps ? 1 : 0;
  });
  const missing = spans(kernel, dilations).map(
    (span, i) => lengths[i] - ((counts[i] - 1) * strides[i] + span - pads[i] - pads[2 + i]),
  );
  return o.convTranspose(windows, x.graph.constant(weights), {
    strides,
    // Crop what the last window has beyond the end.
    pads: pads.map((p, i) => (i < 2 ? p : p + Math.max(0, -missing[i - 2]))),
    outputPadding: missing.map((n) => Math.max(0, n)),
    group: channels,
    dilations,
  });
}
