/**
 * Reads the pictures of containers in random order: the containers are shuffled, and the pictures within
 * blocks.
 */
import { type Random, random } from '../../tensor/random.ts';
import type { Container, StreamedPicture } from './container.ts';
import { pictureStream, type Shard, type StreamPosition, streamStart } from './picture-stream.ts';

/** Exact position in a shuffled stream: the block, and how many of its pictures have been taken. */
export interface ShuffledPosition {
  readonly epoch: number;
  /** Start of the block, in the shuffled order of the containers. */
  readonly block: StreamPosition;
  readonly taken: number;
}

/** The start of the first epoch. */
export const shuffledStart: ShuffledPosition = { epoch: 0, block: streamStart, taken: 0 };

/** Default number of pictures in a block. */
export const usualBuffer = 1000;

/** Options of `shuffledStream`. */
export interface ShuffleOptions {
  readonly seed: number;
  /** Pictures per block, >= 1. All of them are in memory, still encoded. Default `usualBuffer`. */
  readonly buffer?: number;
  /**
   * This process's share. If shares are by container, containers change shares between epochs. Default: all
   * pictures.
   */
  readonly shard?: Shard;
  /** Default: the start. */
  readonly from?: ShuffledPosition;
  /** Number of passes over all pictures. Default: unlimited. */
  readonly epochs?: number;
  readonly onNote?: (note: string) => void;
}

/** A picture of a shuffled stream, and the position after it. */
export interface Shuffled {
  readonly picture: StreamedPicture;
  /** Its index in the epoch, from 0. Without shares it is the number of pictures before it. */
  readonly number: number;
  /** The position after the picture. */
  readonly next: ShuffledPosition;
}

/**
 * Yields each picture once per epoch, in an order that depends only on seed and epoch. A stream resumed
 * `from` a position yields exactly the remaining pictures, and rereads at most one block.
 *
 * The order of the containers is shuffled in each epoch, equally for all shares. Then blocks of `buffer`
 * consecutive pictures are shuffled. Pictures are mixed only within a block, so containers should hold mixed
 * classes.
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
    // An empty stream would never end.
    if (!some && epoch > from.epoch) return;
  }
}

/**
 * Yields the rest of a block.
 * @param next start of the next block; undefined for the epoch's last
 */
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

/** Each epoch, and each block of it, has its own random numbers. */
function drawsOf(seed: number, epoch: number, number: number): Random {
  const ofEpoch = random(random(seed).integer(2 ** 31) + epoch);
  return random(ofEpoch.integer(2 ** 31) + number);
}
