import { normalizeAxis, staticShape } from '../dim.ts';
import { integersOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { perImage } from './split-rules.ts';

/** Past every end, in either direction. */
const farthest = 2 ** 31 - 1;

/** y = x[start:end:step] along one axis, step 1 or -1;  dx = dy, put back into zeros */
export const Slice: Operator<Record<never, never>> = {
  type: 'Slice',
  inputs: [5, 5],
  attributes: {},
  infer: (inputs) => {
    const [x] = inputs;
    const { axis, start, end } = rangeOf(inputs);
    return [{ dtype: x.dtype, shape: x.shape.with(axis, Math.abs(end - start)) }];
  },
  gradient: ({ inputs }, [dy], o) => {
    const [x] = inputs;
    const { axis, start, end, step, length } = rangeOf(inputs);
    const rest = inputs.slice(1).map(() => undefined);
    if (step < 0) return [o.reverse(dy, axis), ...rest];
    const before = x.shape.map((_, i) => (i === axis ? start : 0));
    const after = x.shape.map((_, i) => (i === axis ? length - end : 0));
    return [o.pad(dy, before, after), ...rest];
  },
  splitBatch: (node, batchSize) => (rangeOf(node.inputs).axis === 0 ? undefined : perImage(node, batchSize)),
};

/** The range as whole numbers within the axis. A negative step always covers the whole axis. */
function rangeOf([x, starts, ends, axes, steps]: readonly Value[]): {
  axis: number;
  start: number;
  end: number;
  step: number;
  length: number;
} {
  const [start, end, axis, step] = [starts, ends, axes, steps].map(
    (v) => integersOf('Slice', 'the range', v)[0],
  );
  const [length] = staticShape([x.shape[axis]], 'Slice along its axis');
  if (step === -1 && start === -1 && end === -farthest) return { axis, start: 0, end: length, step, length };
  if (step !== 1 || start < 0 || end > length || start >= end) {
    throw new Error(`Slice: the range ${start}:${end}:${step} does not fit axis ${axis} of [${x.shape}]`);
  }
  return { axis, start, end, step, length };
}

function add(x: Value, axis: number, start: number, end: number, step: number): Value {
  const index = normalizeAxis('Slice', axis, x.shape.length);
  const ranges = [start, end, index, step].map((value) => x.graph.integers([value]));
  return x.graph.add(Slice, [x, ...ranges], {})[0];
}

/** The part from `start` to before `end` along an axis. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  return add(x, axis, start, end, 1);
}

/** The elements in reverse order along an axis. */
export function reverse(x: Value, axis: number): Value {
  return add(x, axis, -1, -farthest, -1);
}
