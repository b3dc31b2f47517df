import { normalizeAxis, staticShape } from '../dim.ts';
import { integersOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import type { Builders } from './index.ts';
import { perImage } from './split-rules.ts';

/** A position past the end of any axis. */
const farthest = 2 ** 31 - 1;

/** A range of one axis: `count` elements from `start` on, `step` apart. */
interface Range {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly count: number;
  /** Length of the whole axis. */
  readonly length: number;
}

/** y = x[start:end:step] along some axes;  dx = dy, surrounded by zeros */
export const Slice: Operator<Record<never, never>> = {
  type: 'Slice',
  inputs: [3, 5],
  optionalInputs: [3],
  attributes: {},
  infer: (inputs) => {
    const [x] = inputs;
    const shape = rangesOf(inputs).reduce((dims, { axis, count }) => dims.with(axis, count), [...x.shape]);
    return [{ dtype: x.dtype, shape }];
  },
  gradient: ({ inputs }, [dy], o) => {
    const [x] = inputs;
    const ranges = rangesOf(inputs);
    const spread = ranges.reduce((part, range) => spreadOut(part, range, o), dy);
    const before = x.shape.map(() => 0);
    const after = x.shape.map(() => 0);
    for (const { axis, start, step, count, length } of ranges) {
      before[axis] = step > 0 ? start : start + (count - 1) * step;
      after[axis] = length - before[axis] - Number(spread.shape[axis]);
    }
    const padded = [...before, ...after].some((n) => n !== 0) ? o.pad(spread, before, after) : spread;
    return [padded, ...inputs.slice(1).map(() => undefined)];
  },
  splitBatch: (node, batchSize) =>
    rangesOf(node.inputs).some(({ axis }) => axis === 0) ? undefined : perImage(node, batchSize),
};

/** The range's elements in the axis's direction and at their original distance, with zeros between them. */
function spreadOut(dy: Value, { axis, step, count }: Range, o: Builders): Value {
  const forward = step < 0 && count > 1 ? o.reverse(dy, axis) : dy;
  const distance = Math.abs(step);
  if (distance === 1 || count === 1) return forward;
  const shape = staticShape(forward.shape, 'gradient of Slice');
  const apart = o.reshape(forward, shape.toSpliced(axis + 1, 0, 1));
  const none = [...shape, 0].fill(0);
  const zeros = o.pad(apart, none, none.with(axis + 1, distance - 1));
  // Crop: there may be no room for the zeros after the last element.
  return o.slice(o.reshape(zeros, shape.with(axis, count * distance)), axis, 0, (count - 1) * distance + 1);
}

/**
 * The ranges within their axes: negative positions count from the end, and positions beyond the axis are its
 * end (as in ONNX and Python).
 */
function rangesOf([x, starts, ends, axes, steps]: readonly (Value | undefined)[]): readonly Range[] {
  const { shape } = x as Value;
  const from = integersOf('Slice', 'the starts', starts);
  const to = integersOf('Slice', 'the ends', ends);
  const along = axes ? integersOf('Slice', 'the axes', axes) : from.map((_, i) => i);
  const by = steps ? integersOf('Slice', 'the steps', steps) : from.map(() => 1);
  if ([to, along, by].some(({ length }) => length !== from.length)) {
    throw new Error(`Slice: starts, ends, axes and steps must be equally many, got ${from.length} starts`);
  }
  return along.map((given, i) => {
    const axis = normalizeAxis('Slice', given, shape.length);
    const [length] = staticShape([shape[axis]], 'Slice along its axis');
    const step = by[i];
    if (step === 0) throw new Error('Slice: a step must not be 0');
    const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1];
    const place = (n: number): number => Math.min(Math.max(n < 0 ? n + length : n, lowest), highest);
    const start = place(from[i]);
    const count = Math.ceil((place(to[i]) - start) / step);
    if (!(count >= 1)) {
      const range = `${from[i]}:${to[i]}:${step}`;
      throw new Error(`Slice: the range ${range} holds no element of axis ${axis} of [${shape}]`);
    }
    return { axis, start, step, count, length };
  });
}

function add(x: Value, axis: number, start: number, end: number, step: number): Value {
  const index = normalizeAxis('Slice', axis, x.shape.length);
  const ranges = [start, end, index, step].map((value) => x.graph.integers([value]));
  return x.graph.add(Slice, [x, ...ranges], {})[0];
}

/**
 * The elements from `start` to before `end` along an axis.
 * @throws when the axis is shorter
 */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const length = x.shape[normalizeAxis('Slice', axis, x.shape.length)];
  if (start < 0 || end > Number(length) || start >= end) {
    throw new Error(`Slice: the range ${start}:${end} does not fit axis ${axis} of [${x.shape}]`);
  }
  return add(x, axis, start, end, 1);
}

/** The elements in reverse order along an axis. */
export function reverse(x: Value, axis: number): Value {
  return add(x, axis, -1, -farthest, -1);
}

/** `x[start:end:step]` along several axes, as in Python. */
export function sliceAxes(
  x: Value,
  axes: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[],
): Value {
  const ranges = [starts, ends, axes, steps].map((values) => x.graph.integers(values));
  return x.graph.add(Slice, [x, ...ranges], {})[0];
}
