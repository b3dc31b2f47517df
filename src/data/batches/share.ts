/** Which images of each batch a rank takes. */
import type { Sample } from '../dataset/image-folder.ts';

/** A rank's equal share of every batch. */
export interface Share {
  /** The rank, from 0. */
  readonly rank: number;
  /** How many ranks there are; a batch's size divides by it. */
  readonly of: number;
}

export interface SharedPass {
  readonly share: Share;
  /** Images a batch, of all ranks together. */
  readonly batchSize: number;
  /** Where in the order the pass starts. */
  readonly from: number;
  /** Whether an image cannot be read, and the next one takes its place. */
  readonly isLost: (path: string) => boolean;
}

export interface SharedPlaces {
  /** Whether the image at a place of the order is in the rank's share. */
  readonly isOwn: (place: number) => boolean;
  /** The place behind the whole batch that an image of the share belongs to. */
  readonly endOf: (place: number) => number;
}

/**
 * The batches are those of a single rank: full ones, of the images that can be read, in their order. Rank r of n takes the rth of the n
 * equal parts of each. What is left over at the end belongs to nobody.
 * @throws when the batch size does not divide by the ranks
 */
export function placesOf(
  order: readonly Sample[],
  { share: { rank, of }, batchSize, from, isLost }: SharedPass,
): SharedPlaces {
  const own = batchSize / of;
  if (!Number.isInteger(own))
    throw new Error(`batches: a batch of ${batchSize} images does not divide by ${of} ranks`);
  /** By place: the place behind the batch, where the image is the rank's own; else 0. */
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

/** Every `of`th image, from the rank's on: what a rank looks at of a split that needs no order. */
export function everyNth(samples: readonly Sample[], { rank, of }: Share): Sample[] {
  return samples.filter((_, i) => i % of === rank);
}
