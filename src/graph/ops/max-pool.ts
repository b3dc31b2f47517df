import { scaleDim } from '../dim.ts';
import { checkRank, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';

type Attributes = { readonly kernel_shape: readonly number[]; readonly strides: readonly number[] };

/**
 * y = the largest element of each tile;  dx = dy where x equals it, shared equally among ties.
 *
 * Ties are common: flat image regions, and zeros after ReLU. Giving each tied element the whole gradient is wrong there.
 */
export const MaxPool: Operator<Attributes> = {
  type: 'MaxPool',
  inputs: [1, 1],
  attributes: { kernel_shape: 'ints', strides: 'ints' },
  infer: ([x], { kernel_shape, strides }) => {
    const [size] = kernel_shape;
    if ([...kernel_shape, ...strides].some((n) => n !== size)) {
      throw new Error(
        `MaxPool: tiles are square and do not overlap, got [${kernel_shape}] every [${strides}]`,
      );
    }
    checkRank('MaxPool', 'the image', x, 4);
    const [n, c, h, w] = x.shape;
    return [{ dtype: x.dtype, shape: [n, c, scaleDim(h, 1, size), scaleDim(w, 1, size)] }];
  },
  gradient: (
    {
      inputs: [x],
      outputs: [y],
      attributes: {
        kernel_shape: [size],
      },
    },
    [dy],
    o,
  ) => {
    const chosen = o.isZero(o.sub(x, o.upsampleNearest(y, size)));
    // Mean of the mask = ties / tile size, so dy / ties is dy / (mean x tile size).
    const share = o.div(dy, o.mul(o.averagePool(chosen, size), x.graph.scalar(size * size)));
    return [o.mul(chosen, o.upsampleNearest(share, size))];
  },
};

/** Maximum over tiles of `size x size` that do not overlap. @throws when height or width is no multiple of `size`. */
export function maxPool(x: Value, size: number): Value {
  return x.graph.add(MaxPool, [x], { kernel_shape: [size, size], strides: [size, size] })[0];
}
