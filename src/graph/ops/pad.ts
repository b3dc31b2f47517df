import { staticShape } from '../dim.ts';
import { integersOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';

/** y = x with zeros around;  dx = the part of dy inside */
export const Pad: Operator<Record<never, never>> = {
  type: 'Pad',
  inputs: [2, 2],
  attributes: {},
  infer: ([x, pads]) => {
    const { before, after } = padsOf(x, pads);
    if ([...before, ...after].some((n) => n < 0))
      throw new Error(`Pad: paddings are >= 0, got [${before}], [${after}]`);
    const shape = x.shape.map((dim, i) => {
      if (before[i] === 0 && after[i] === 0) return dim;
      return staticShape([dim], 'Pad along a padded axis')[0] + before[i] + after[i];
    });
    return [{ dtype: x.dtype, shape }];
  },
  gradient: ({ inputs: [x, pads] }, [dy], o) => {
    const { before, after } = padsOf(x, pads);
    return [
      x.shape.reduce<Value>((part, dim, axis) => {
        if (before[axis] === 0 && after[axis] === 0) return part;
        return o.slice(part, axis, before[axis], before[axis] + Number(dim));
      }, dy),
      undefined,
    ];
  },
};

function padsOf(x: Value, pads: Value): { before: readonly number[]; after: readonly number[] } {
  const all = integersOf('Pad', 'the paddings', pads);
  const rank = x.shape.length;
  if (all.length !== 2 * rank)
    throw new Error(`Pad: ${2 * rank} paddings are needed for [${x.shape}], got ${all.length}`);
  return { before: all.slice(0, rank), after: all.slice(rank) };
}

/** Zeros before and after, a number for each axis. */
export function pad(x: Value, before: readonly number[], after: readonly number[]): Value {
  return x.graph.add(Pad, [x, x.graph.integers([...before, ...after])], {})[0];
}
