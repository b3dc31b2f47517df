import type { Value } from '../graph.ts';
import type { Operator } from '../operator.ts';
import { inferPool, type PoolAttributes, poolAttributes } from './pool.ts';
import { perImage } from './split-rules.ts';

/** y = mean of each tile;  dx = dy / tile size, spread over the tile */
export const AveragePool: Operator<PoolAttributes> = {
  type: 'AveragePool',
  inputs: [1, 1],
  attributes: { kernel_shape: 'ints', strides: 'ints' },
  infer: (inputs, attributes) => inferPool('AveragePool', inputs, attributes),
  gradient: (
    {
      inputs: [x],
      attributes: {
        kernel_shape: [size],
      },
    },
    [dy],
    o,
  ) => [o.upsampleNearest(o.mul(dy, x.graph.scalar(1 / (size * size))), size)],
  splitBatch: perImage,
};

/** Mean over tiles of `size x size` that do not overlap. @throws when height or width is no multiple of `size`. */
export function averagePool(x: Value, size: number): Value {
  return x.graph.add(AveragePool, [x], poolAttributes(size))[0];
}
