/** What operators with any number of inputs share: Sum, Mean, Max, Min. */
import { broadcastShapes, type Shape } from '../dim.ts';
import { checkSameType, type Value, type ValueType } from '../graph.ts';
import type { GradientRule } from '../operator.ts';

/** The shape rule of values of one type, broadcast together as in NumPy. */
export function inferAll(op: string, values: readonly Value[]): ValueType[] {
  const [first] = values;
  for (const value of values) checkSameType(op, first, value);
  const shape = values.reduce<Shape>((all, value) => broadcastShapes(op, all, value.shape), []);
  return [{ dtype: first.dtype, shape }];
}

/** dx_i = dy where x_i equals y, shared equally among ties. */
export const shareAmongEqual: GradientRule = ({ inputs, outputs: [y] }, [dy], o) => {
  const equal = inputs.map((x) => o.cast(o.equal(x, y), 'float32'));
  const share = o.div(
    dy,
    equal.reduce((a, b) => o.add(a, b)),
  );
  return equal.map((mask) => o.mul(mask, share));
};
