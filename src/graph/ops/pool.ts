/** What MaxPool and AveragePool share: square tiles that do not overlap. */
import { scaleDim } from '../dim.ts';
import { checkRank, type Value, type ValueType } from '../graph.ts';

export type PoolAttributes = {
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
};

export function inferPool(
  op: string,
  [x]: readonly Value[],
  { kernel_shape, strides }: PoolAttributes,
): ValueType[] {
  const [size] = kernel_shape;
  if ([...kernel_shape, ...strides].some((n) => n !== size)) {
    throw new Error(`${op}: tiles are square and do not overlap, got [${kernel_shape}] every [${strides}]`);
  }
  checkRank(op, 'the image', x, 4);
  const [n, c, h, w] = x.shape;
  return [{ dtype: x.dtype, shape: [n, c, scaleDim(h, 1, size), scaleDim(w, 1, size)] }];
}

export function poolAttributes(size: number): PoolAttributes {
  return { kernel_shape: [size, size], strides: [size, size] };
}
