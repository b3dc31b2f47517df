import { scaleDim } from '../dim.ts';
import { checkRank, type Value } from '../graph.ts';
import type { Operator } from '../operator.ts';

type Attributes = { readonly kernel_shape: readonly number[]; readonly strides: readonly number[] };

/** y = mean of each tile;  dx = dy / tile size, spread over the tile */
export const AveragePool: Operator<Attributes> = {
  type: 'AveragePool',
  inputs: [1, 1],
  attributes: { kernel_shape: 'ints', strides: 'ints' },
  infer: ([x], { kernel_shape, strides }) => {
    const [size] = kernel_shape;
    if ([...kernel_shape, ...strides].some((n) => n !== size)) {
      throw new Error(
        `AveragePool: tiles are square and do not overlap, got [${kernel_shape}] every [${strides}]`,
      );
    }
    checkRank('AveragePool', 'the image', x, 4);
    const [n, c, h, w] = x.shape;
    return [{ dtype: x.dtype, shape: [n, c, scaleDim(h, 1, size), scaleDim(w, 1, size)] }];
  },
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
};

/** Mean over tiles of `size x size` that do not overlap. @throws when height or width is no multiple of `size`. */
export function averagePool(x: Value, size: number): Value {
  return x.graph.add(AveragePool, [x], { kernel_shape: [size, size], strides: [size, size] })[0];
}
