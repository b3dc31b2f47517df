/** Reads the pictures of a pass ahead of their use. */
import { FileError } from '../../errors/file-error.ts';
import type { Random } from '../../tensor/random.ts';
import { sizeOf, tensor } from '../../tensor/tensor.ts';
import { type AugmentationRanges, drawAugmentation } from '../batches/augment.ts';
import type { Pixels } from '../batches/in-batches.ts';
import type { Loaded, LoadItem, LoadTask } from '../batches/load-pictures.ts';
import type { PictureCache } from '../batches/picture-cache.ts';
import type { Sample } from '../dataset/image-folder.ts';
import type { ValueRange } from '../picture/value-range.ts';
import { unlessAborted } from './unless-aborted.ts';

/** Runs a task in this thread or another. */
export type LoadPictures = (task: LoadTask, signal?: AbortSignal) => Promise<Loaded>;

/** Options of `readAhead`. */
export interface Pass {
  readonly order: readonly Sample[];
  /** Position in the order where the pass starts. */
  readonly from: number;
  /** Whether the picture at a position is read; other ranks read the rest. Default: all are read. */
  readonly isOwn?: (place: number) => boolean;
  /** Draws an augmentation for every position in the order. Default: no augmentation. */
  readonly draws?: Random;
  /** Default: `defaultRanges`. */
  readonly ranges?: AugmentationRanges;
  /** Whether drawn colour changes are ignored, as label pictures need. */
  readonly keepColours: boolean;
  readonly shape: readonly [height: number, width: number, channels: 1 | 3];
  readonly crop?: number;
  readonly valueRange?: ValueRange;
  readonly batchSize: number;
  /** Parts in progress at a time, >= 1. */
  readonly ahead: number;
  readonly cache: PictureCache;
  readonly load: LoadPictures;
  /**
   * Whether the first unreadable image is an error. Otherwise it is skipped and reported once per file and
   * cache.
   */
  readonly strict: boolean;
  readonly onUnreadable?: (path: string, error: FileError) => void;
  readonly onNote?: (path: string, note: string) => void;
  readonly signal?: AbortSignal;
}

interface Asked {
  readonly places: readonly number[];
  readonly items: readonly LoadItem[];
  readonly loaded: Promise<Loaded>;
}

/**
 * Yields the readable pictures in order, each with its position, while `ahead` parts are in progress. A part
 * requests as many pictures as its batch still needs if all requested ones can be read: a whole batch, unless
 * some could not.
 * @throws the error of the first unreadable image with `strict`; the signal's reason when it aborts
 */
export async function* readAhead(pass: Pass): AsyncGenerator<Pixels<number>, void, undefined> {
  const { order, draws, ranges, keepColours, shape, crop, valueRange, batchSize, isOwn } = pass;
  const { ahead, cache, load, strict, signal } = pass;
  const wantsNotes = pass.onNote !== undefined;
  signal?.throwIfAborted();
  const underWay: Asked[] = [];
  let next = 0;
  let hoped = 0;
  const augmentation = (): LoadItem['augmentation'] => {
    if (!draws) return undefined;
    const { colour, ...places } = drawAugmentation(draws, ranges);
    return keepColours ? places : { colour, ...places };
  };
  for (; next < pass.from; next++) augmentation();

  const ask = (): void => {
    const wanted = batchSize - (hoped % batchSize);
    const places: number[] = [];
    const items: LoadItem[] = [];
    for (; items.length < wanted && next < order.length; next++) {
      const { path } = order[next];
      const drawn = augmentation();
      if (!strict && cache.unreadable.has(path)) continue;
      if (isOwn && !isOwn(next)) continue;
      const item = { path, augmentation: drawn, pixels: cache.get(path, shape)?.data };
      places.push(next);
      items.push(item);
    }
    const keep = cache.hasRoom(shape) && items.some(({ pixels }) => pixels === undefined);
    const loaded = load({ shape, items, crop, valueRange, wantsNotes, keep }, signal);
    loaded.catch(() => {}); // of a part that nobody waits for any more
    underWay.push({ places, items, loaded });
    hoped += items.length;
  };
  const keepAsking = (): void => {
    while (underWay.length < ahead && next < order.length) ask();
  };

  keepAsking();
  for (let asked = underWay.shift(); asked !== undefined; asked = underWay.shift()) {
    const loaded = await unlessAborted(asked.loaded, signal);
    remember(asked.items, loaded, pass);
    hoped -= loaded.unreadable.size;
    keepAsking();
    const places = asked.places.filter((_, i) => !loaded.unreadable.has(i));
    if (places.length > 0) yield { pictures: loaded.pictures, items: places };
  }
}

/** Stores decoded pictures and unreadable files in the cache. */
function remember(
  items: readonly LoadItem[],
  { unreadable, notes, decoded }: Loaded,
  { cache, shape, strict, onUnreadable, onNote }: Pass,
): void {
  const size = sizeOf(shape);
  let at = 0;
  for (const [i, { path, pixels }] of items.entries()) {
    const reason = unreadable.get(i);
    const note = notes.get(i);
    if (note !== undefined) onNote?.(path, note);
    if (reason !== undefined) {
      const error = new FileError(path, reason);
      if (strict) throw error;
      if (cache.unreadable.has(path)) continue;
      cache.unreadable.set(path, error);
      onUnreadable?.(path, error);
    } else if (pixels === undefined && at < decoded.length) {
      cache.add(path, tensor('uint8', shape, decoded.subarray(at, at + size)));
      at += size;
    }
  }
}
