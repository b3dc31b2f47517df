/** Pictures of containers in an order that is drawn: that of the containers, and within blocks that of the pictures. */
import { type Random, random } from '../../tensor/random.ts';
import type { Container, StreamedPicture } from './container.ts';
import { pictureStream, type Shard, type StreamPosition, streamStart } from './picture-stream.ts';

/** Where a shuffled stream goes on, exactly: the block, and how many of its pictures are taken. */
export interface ShuffledPosition {
  readonly epoch: number;
  /** Where the block begins, in the containers' drawn order. */
  readonly block: StreamPosition;
  readonly taken: number;
}

export const shuffledStart: ShuffledPosition = { epoch: 0, block: streamStart, taken: 0 };

/** Pictures of a block unless told. */
export const usualBuffer = 1000;

export interface ShuffleOptions {
  readonly seed: number;
  /** Pictures of a block, >= 1: so many files, as they are packed, are in memory. Default `usualBuffer`. */
  readonly buffer?: number;
  /** This process's share; where it is by container, containers change shares from epoch to epoch. Default: all. */
  readonly shard?: Shard;
  /** Default: the beginning. */
  readonly from?: ShuffledPosition;
  /** Passes over all pictures, from the first on; default: without end. */
  readonly epochs?: number;
  readonly onNote?: (note: string) => void;
}

export interface Shuffled {
  readonly picture: StreamedPicture;
  /** Of its own in the epoch, from 0; without shares how many pictures came before it. */
  readonly number: number;
  /** Behind the picture. */
  readonly next: ShuffledPosition;
}

/**
 * The pictures of each epoch once, in an order that seed and epoch give: whoever goes on `from` a position finds the very pictures that
 * would have come, and reads at most one block again. The order of containers is drawn anew in each epoch, for all shares the same; then
 * blocks of `buffer` pictures, as they come, are shuffled. So pictures of one container mix within a block: pack classes mixed.
 * @throws `FileError` when a container cannot be read
 */
export async function* shuffledStream(
  containers: readonly Container[],
  {
    seed,
    buffer = usualBuffer,
    shard = { index: 0, count: 1 },
    from = shuffledStart,
    epochs,
    onNote,
  }: ShuffleOptions,
): AsyncGenerator<Shuffled, void, undefined> {
  for (let epoch = from.epoch; epochs === undefined || epoch < epochs; epoch++) {
    const order = drawsOf(seed, epoch, 0).shuffle(containers);
    const stream = pictureStream(order, shard);
    let { block, taken } = epoch === from.epoch ? from : shuffledStart;
    let pictures: StreamedPicture[] = [];
    let some = false;
    for await (const { picture, next } of stream.read({ from: block, onNote })) {
      some = true;
      pictures.push(picture);
      if (pictures.length < buffer) continue;
      yield* takeBlock(pictures, { epoch, block, taken }, next, seed);
      [pictures, block, taken] = [[], next, 0];
    }
    if (pictures.length > 0) yield* takeBlock(pictures, { epoch, block, taken }, undefined, seed);
    // Of nothing there would be no end.
    if (!some && epoch > from.epoch) return;
  }
}

/** The rest of a block. @param next where the one behind it begins; undefined: this one is the epoch's last */
function* takeBlock(
  pictures: readonly StreamedPicture[],
  { epoch, block, taken }: ShuffledPosition,
  next: StreamPosition | undefined,
  seed: number,
): Generator<Shuffled> {
  const order = drawsOf(seed, epoch, 1 + block.index).shuffle(pictures);
  for (let i = taken; i < order.length; i++) {
    const inside = { epoch, block, taken: i + 1 };
    const behind =
      next === undefined ? { ...shuffledStart, epoch: epoch + 1 } : { epoch, block: next, taken: 0 };
    const own = { picture: order[i], number: block.index + i };
    yield { ...own, next: i + 1 < order.length ? inside : behind };
  }
}

/** Each epoch, and each block of it, has draws of its own. */
function drawsOf(seed: number, epoch: number, number: number): Random {
  const ofEpoch = random(random(seed).integer(2 ** 31) + epoch);
  return random(ofEpoch.integer(2 ** 31) + number);
}
