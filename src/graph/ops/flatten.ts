import { sizeOf } from '../../tensor/tensor.ts';
import { type Dim, type Shape, staticShape } from '../dim.ts';
import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { withDefaults } from './read-attributes.ts';

type Attributes = { readonly axis: number };

/** y = x as a matrix: the axes before `axis` as rows, the others as columns;  dx = dy under the shape of x */
export const Flatten: Operator<Attributes> = {
  type: 'Flatten',
  inputs: [1, 1],
  attributes: { axis: 'int' },
  read: withDefaults('Flatten', { axis: 1 }),
  infer: ([x], { axis }) => {
    const rank = x.shape.length;
    const place = axis < 0 ? axis + rank : axis;
    // The axis may also be the rank itself: then all axes are rows.
    if (!(place >= 0 && place <= rank))
      throw new Error(`Flatten: axis ${axis} is outside a shape of rank ${rank}`);
    return [{ dtype: x.dtype, shape: [product(x.shape.slice(0, place)), product(x.shape.slice(place))] }];
  },
  gradient: ({ inputs: [x] }, [dy], o) => [o.reshape(dy, staticShape(x.shape, 'gradient of Flatten'))],
  memory: 'view',
};

function product(dims: Shape): Dim {
  return dims.length === 1 ? dims[0] : sizeOf(staticShape(dims, 'Flatten'));
}

/** `x` as a matrix, the axes before `axis` as rows. */
export function flatten(x: Value, axis = 1): Value {
  return x.graph.add(Flatten, [x], { axis })[0];
}
