import { normalizeAxis, staticShape } from '../dim.ts';
import { integersOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { checkKnown, numberOf } from './read-attributes.ts';

type Attributes = {
  readonly axis: number;
  /** The number of parts, where no input gives their lengths: equal ones, the last may be shorter. */
  readonly num_outputs?: number;
};

/** y_i = the i-th part of x along an axis;  dx = the dy_i, concatenated */
export const Split: Operator<Attributes> = {
  type: 'Split',
  inputs: [1, 2],
  optionalInputs: [1],
  attributes: { axis: 'int', num_outputs: 'int' },
  read: (given, [x]) => {
    checkKnown('Split', given, ['axis', 'num_outputs']);
    return {
      axis: normalizeAxis('Split', numberOf('Split', given, 'axis') ?? 0, x.shape.length),
      num_outputs: numberOf('Split', given, 'num_outputs'),
    };
  },
  infer: ([x, sizes], { axis, num_outputs }) => {
    const [length] = staticShape([x.shape[axis]], 'Split along its axis');
    const lengths = sizes ? integersOf('Split', 'the lengths', sizes) : equalParts(length, num_outputs);
    if (lengths.some((n) => n < 1) || lengths.reduce((a, b) => a + b, 0) !== length) {
      throw new Error(`Split: the lengths [${lengths}] do not add up to axis ${axis} of [${x.shape}]`);
    }
    return lengths.map((part) => ({ dtype: x.dtype, shape: x.shape.with(axis, part) }));
  },
  gradient: ({ inputs: [, ...rest], attributes: { axis } }, dParts, o) => [
    o.concat(dParts, axis),
    ...rest.map(() => undefined),
  ],
};

function equalParts(length: number, count: number | undefined): number[] {
  if (count === undefined) throw new Error('Split: either lengths or num_outputs are needed');
  if (!(count >= 1 && count <= length))
    throw new Error(`Split: ${length} elements do not give ${count} parts`);
  const part = Math.ceil(length / count);
  return Array.from({ length: count }, (_, i) => (i < count - 1 ? part : length - part * (count - 1)));
}

/**
 * Parts of `x` along an axis, of the lengths given.
 * @param names of the parts; default: after the operator
 */
export function split(
  x: Value,
  axis: number,
  lengths: readonly number[],
  names?: readonly (string | undefined)[],
): Value[] {
  const normalized = normalizeAxis('Split', axis, x.shape.length);
  return x.graph.add(Split, [x, x.graph.integers(lengths)], { axis: normalized }, names);
}
