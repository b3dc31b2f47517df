import { normalizeAxis, staticShape } from '../dim.ts';
import { integersOf, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { withDefaults } from './read-attributes.ts';

/** y = x surrounded by zeros or another constant; a negative padding crops x.  dx = the part of dy inside */
export const Pad: Operator<Record<never, never>> = {
  type: 'Pad',
  inputs: [2, 4],
  optionalInputs: [2, 3],
  attributes: {},
  read: withDefaults('Pad', {}, { mode: 'constant' }),
  infer: (inputs) => {
    const [x, , value] = inputs;
    const { before, after } = padsOf(inputs);
    if (value && !value.content) throw new Error('Pad: the constant must be stored in the graph');
    const shape = x.shape.map((dim, i) => {
      if (before[i] === 0 && after[i] === 0) return dim;
      const length = staticShape([dim], 'Pad along a padded axis')[0] + before[i] + after[i];
      if (length < 1) throw new Error(`Pad: [${before}] and [${after}] leave nothing of [${x.shape}]`);
      return length;
    });
    return [{ dtype: x.dtype, shape }];
  },
  gradient: ({ inputs }, [dy], o) => {
    const [x, ...rest] = inputs;
    const { before, after } = padsOf(inputs);
    const inside = x.shape.reduce<Value>((part, _, axis) => {
      const [start, end] = [Math.max(0, before[axis]), Math.max(0, after[axis])];
      return start === 0 && end === 0 ? part : o.slice(part, axis, start, Number(part.shape[axis]) - end);
    }, dy);
    const lost = [before, after].map((pads) => pads.map((n) => Math.max(0, -n)));
    const whole = lost.flat().some((n) => n > 0) ? o.pad(inside, lost[0], lost[1]) : inside;
    return [whole, ...rest.map(() => undefined)];
  },
};

function padsOf([x, pads, , axes]: readonly (Value | undefined)[]): {
  before: readonly number[];
  after: readonly number[];
} {
  const { shape } = x as Value;
  const all = integersOf('Pad', 'the paddings', pads);
  const along = axes ? integersOf('Pad', 'the axes', axes) : shape.map((_, i) => i);
  const count = along.length;
  if (all.length !== 2 * count)
    throw new Error(`Pad: ${2 * count} paddings are needed for [${shape}], got ${all.length}`);
  const before = shape.map(() => 0);
  const after = shape.map(() => 0);
  for (const [i, given] of along.entries()) {
    const axis = normalizeAxis('Pad', given, shape.length);
    before[axis] = all[i];
    after[axis] = all[count + i];
  }
  return { before, after };
}

/** Pads each axis with zeros, or another constant, before and after. */
export function pad(x: Value, before: readonly number[], after: readonly number[], constant = 0): Value {
  const inputs = [x, x.graph.integers([...before, ...after])];
  if (constant !== 0) inputs.push(x.graph.scalar(constant));
  return x.graph.add(Pad, inputs, {})[0];
}
