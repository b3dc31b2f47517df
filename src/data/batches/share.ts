/** Divides each batch among ranks. */
import type { Sample } from '../dataset/image-folder.ts';

/** A rank's equal share of every batch. */
export interface Share {
  /** The rank, from 0. */
  readonly rank: number;
  /** Number of ranks; it must divide the batch size. */
  readonly of: number;
}

/** A rank's pass over the images of a split. */
export interface SharedPass {
  readonly share: Share;
  /** Images per batch, over all ranks. */
  readonly batchSize: number;
  /** Position in the order where the pass starts. */
  readonly from: number;
  /** Whether an image cannot be read, so that the next one takes its place. */
  readonly isLost: (path: string) => boolean;
}

/** Positions in the order that belong to a rank. */
export interface SharedPlaces {
  /** Whether the image at this position of the order belongs to the rank. */
  readonly isOwn: (place: number) => boolean;
  /** The position after the whole batch that contains this image of the rank. */
  readonly endOf: (place: number) => number;
}

/**
 * Divides the batches of a single-rank pass: full batches of the readable images, in their order. Rank r of n
 * takes the rth of n equal parts of each batch. A last batch that is not full is dropped.
 * @throws when the number of ranks does not divide the batch size
 */
export function placesOf(
  order: readonly Sample[],
  { share: { rank, of }, batchSize, from, isLost }: SharedPass,
): SharedPlaces {
  const own = batchSize / of;
  if (!Number.isInteger(own))
    throw new Error(`batches: a batch of ${batchSize} images cannot be divided among ${of} ranks`);
  /** By position: the position after the batch if the image is the rank's own, else 0. */
  const ends = new Uint32Array(order.length);
  let batch: number[] = [];
  for (let place = from; place < order.length; place++) {
    if (isLost(order[place].path)) continue;
    batch.push(place);
    if (batch.length < batchSize) continue;
    for (const one of batch.slice(rank * own, (rank + 1) * own)) ends[one] = place + 1;
    batch = [];
  }
  return { isOwn: (place) => ends[place] > 0, endOf: (place) => ends[place] };
}

/** Every `of`th image from the rank's index on: the rank's share of a split whose order does not matter. */
export function everyNth(samples: readonly Sample[], { rank, of }: Share): Sample[] {
  return samples.filter((_, i) => i % of === rank);
}
