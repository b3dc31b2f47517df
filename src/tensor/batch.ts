/** Batches `[N, ...]` and their items. */
import { type DType, sizeOf, type Tensor, type TypedArrayOf, tensor } from './tensor.ts';

/** The items from index `from` to before `to`, as a batch; fewer if the batch is shorter. Shares memory. */
export function itemsBetween<D extends DType>(
  { dtype, shape: [n, ...shape], data }: Tensor<D>,
  from: number,
  to: number,
): Tensor<D> {
  const size = sizeOf(shape);
  const part = data.subarray(from * size, to * size) as TypedArrayOf[D];
  return tensor(dtype, [Math.min(to, n) - from, ...shape], part);
}

/** The i-th item, without the axis N. Shares memory. */
export function itemAt<D extends DType>(
  { dtype, shape: [, ...shape], data }: Tensor<D>,
  i: number,
): Tensor<D> {
  const size = sizeOf(shape);
  return tensor(dtype, shape, data.subarray(i * size, (i + 1) * size) as TypedArrayOf[D]);
}

/** Items of one shape as a batch, copied; at least one item. */
export function stack<D extends DType>(items: readonly Tensor<D>[]): Tensor<D> {
  const [{ dtype, shape }] = items;
  const batch = tensor(dtype, [items.length, ...shape]);
  for (const [i, { data }] of items.entries()) batch.data.set(data as never, i * data.length);
  return batch;
}
