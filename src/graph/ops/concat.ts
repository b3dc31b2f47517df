import { normalizeAxis, sameShape, staticShape } from '../dim.ts';
import { checkSameType, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { checkKnown, required } from './read-attributes.ts';

type Attributes = { readonly axis: number };

/** y = the inputs one after the other along an axis;  dx_i = its part of dy */
export const Concat: Operator<Attributes> = {
  type: 'Concat',
  inputs: [1, Number.POSITIVE_INFINITY],
  attributes: { axis: 'int' },
  read: (given, [first]) => {
    checkKnown('Concat', given, ['axis']);
    return { axis: normalizeAxis('Concat', required('Concat', given, 'axis'), first.shape.length) };
  },
  infer: (inputs, { axis }) => {
    const [first] = inputs;
    for (const x of inputs) {
      checkSameType('Concat', first, x);
      if (!sameShape(x.shape.with(axis, 0), first.shape.with(axis, 0))) {
        throw new Error(`Concat: [${first.shape}] and [${x.shape}] differ beyond axis ${axis}`);
      }
    }
    const lengths = staticShape(
      inputs.map((x) => x.shape[axis]),
      'Concat along its axis',
    );
    return [
      {
        dtype: first.dtype,
        shape: first.shape.with(
          axis,
          lengths.reduce((a, b) => a + b, 0),
        ),
      },
    ];
  },
  gradient: ({ inputs, attributes: { axis } }, [dy], o) => {
    let start = 0;
    return inputs.map((x) => {
      const end = start + Number(x.shape[axis]);
      const part = o.slice(dy, axis, start, end);
      start = end;
      return part;
    });
  },
  splitBatch: ({ inputs, attributes: { axis } }) =>
    axis === 0 ? undefined : { isSplit: inputs.map(() => true) },
};

/** Joins values along an axis. */
export function concat(values: readonly Value[], axis: number): Value {
  const normalized = normalizeAxis('Concat', axis, values[0].shape.length);
  return values[0].graph.add(Concat, values, { axis: normalized })[0];
}
