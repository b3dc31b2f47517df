import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferPool, type PoolAttributes, poolAttributes } from './pool.ts';
import { perImage } from './split-rules.ts';

/**
 * y = the largest element of each tile;  dx = dy where x equals it, shared equally among ties.
 *
 * Ties are common: flat image regions, and zeros after ReLU. Giving each tied element the whole gradient is wrong there.
 */
export const MaxPool: Operator<PoolAttributes> = {
  type: 'MaxPool',
  inputs: [1, 1],
  attributes: { kernel_shape: 'ints', strides: 'ints' },
  infer: (inputs, attributes) => inferPool('MaxPool', inputs, attributes),
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
  splitBatch: perImage,
};

/** Maximum over tiles of `size x size` that do not overlap. @throws when height or width is no multiple of `size`. */
export function maxPool(x: Value, size: number): Value {
  return x.graph.add(MaxPool, [x], poolAttributes(size))[0];
}
