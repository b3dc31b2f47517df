/** Selects the pictures of a stream that a rank decodes; every rank reads all of them. */
import type { Share } from '../../data/batches/share.ts';

/** A picture of a rank's part of a batch. */
export type OfBatch<T> = T & {
  /** The last picture of the whole batch. */
  readonly last: T;
};

/**
 * Rank r of n gets the rth of n equal parts of each batch. The pictures after the last full batch go to no
 * rank.
 * @param items the readable pictures, the same on all ranks
 * @param batchSize over all ranks; a multiple of their number
 */
export async function* partsOfBatches<T>(
  items: AsyncIterable<T>,
  { rank, of }: Share,
  batchSize: number,
): AsyncGenerator<OfBatch<T>, void, undefined> {
  const own = batchSize / of;
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < batchSize) continue;
    for (const one of batch.slice(rank * own, (rank + 1) * own)) yield { ...one, last: item };
    batch = [];
  }
}

/** Every nth picture, starting at the rank's number, for uses where the order does not matter. */
export async function* everyNthOf<T>(
  items: AsyncIterable<T>,
  { rank, of }: Share,
): AsyncGenerator<T, void, undefined> {
  let i = 0;
  for await (const item of items) if (i++ % of === rank) yield item;
}
