/** Batches of pictures for training and evaluation, prepared ahead of their use. */
import { FileError } from '../../errors/file-error.ts';
import { defaultImageSize } from '../../tensor/image-size.ts';
import { type Random, random } from '../../tensor/random.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { ImageFolder } from '../dataset/image-folder.ts';
import type { ValueRange } from '../picture/value-range.ts';
import type { ShuffledPosition } from '../streams/shuffled-stream.ts';
import { type LoadPictures, type Pass, readAhead } from '../threads/read-ahead.ts';
import type { AugmentationRanges } from './augment.ts';
import { inBatches } from './in-batches.ts';
import { loadInWorkers, workerCount } from './load-in-workers.ts';
import { loadPictures } from './load-pictures.ts';
import { PictureCache } from './picture-cache.ts';
import { placesOf, type Share } from './share.ts';

/** Pictures that a model processes together, with their classes. */
export interface Batch {
  /** uint8 `[N, H, W, C]`, 0 to 255; `toImages` converts them to a model's input. */
  readonly pictures: Tensor<'uint8'>;
  /**
   * Object masks, only in training on soft labels: uint8 `[N, ceil(H/2), ceil(W/2), 1]`, 255 is certainly
   * object.
   */
  readonly softLabels?: Tensor<'uint8'>;
  /** Class index of each image, `[N]`. */
  readonly labels: Int32Array;
  /** File of each image, `[N]`. */
  readonly paths: readonly string[];
  /**
   * How many images of this pass's order the batches so far have used, including unreadable ones. A resumed
   * pass starts here.
   */
  readonly position: number;
  /** Where a shuffled stream continues after this batch; only for shuffled streams. */
  readonly place?: ShuffledPosition;
}

/** Which pictures are batched, at what size, in what order. */
export interface BatchOptions {
  /** Height and width in pixels of square pictures, default 224; replaces `height` and `width`. */
  readonly size?: number;
  readonly height?: number;
  readonly width?: number;
  /** 3 for RGB (default), 1 for grey. */
  readonly channels?: 1 | 3;
  /**
   * Uses only the central square of each picture, with this share of the shorter side, in (0, 1]. Height and
   * width must be equal. Default: the whole picture.
   */
  readonly crop?: number;
  /** Values of black and white, as in `DecodeOptions`. A cache holds pictures of one range only. */
  readonly valueRange?: ValueRange;
  /** Images per batch, >= 1. */
  readonly batchSize: number;
  /** Draws the order of the images. Default: the split's order. */
  readonly shuffle?: Random;
  /** Draws an augmentation for every image. Default: none. */
  readonly augment?: Random;
  /** Ranges of the augmentations. Default: `defaultRanges`. */
  readonly ranges?: AugmentationRanges;
  /** Whether augmentations leave colours unchanged, as label pictures need. Default false. */
  readonly keepColours?: boolean;
  /** Whether a last batch that is not full is left out. Default false. */
  readonly dropLast?: boolean;
  /**
   * Reads only one rank's images of each batch; needs `dropLast`. The cache must already know all unreadable
   * images: another one is an error. Default: all images.
   */
  readonly share?: Share;
  /**
   * Where in the order the pass starts: the `position` of a batch from a pass with the same generator states.
   * Default 0.
   */
  readonly from?: number;
  /** Whether the first unreadable image ends the pass with an error. Default false: it is skipped. */
  readonly strict?: boolean;
  /** Called for every skipped image, once per file and cache. Default: images are skipped silently. */
  readonly onUnreadable?: (path: string, error: FileError) => void;
  /** Called each time an image with implausible values is decoded. */
  readonly onNote?: (path: string, note: string) => void;
  /**
   * Decoded pictures. Pass the same cache to every epoch, but never one filled with another `crop`. Default:
   * a new cache of 512 MiB.
   */
  readonly cache?: PictureCache;
  /** Ends the pass at once with the signal's reason, even while pictures are being read. */
  readonly signal?: AbortSignal;
  /** Batches prepared ahead of their use, >= 1. Default: 2, or the number of worker threads. */
  readonly ahead?: number;
}

/** From this many pictures on, worker threads save more time than they take to start. */
export const manyPictures = 512;

/**
 * One pass over a split, in batches. Worker threads read, resize and augment while the caller uses the
 * previous batch, even if the caller blocks this thread.
 *
 * An image that cannot be read is skipped and the next one takes its place, so that every batch but the last
 * is full. Order and augmentations depend only on the split and the two generators, never on decoding time.
 * Both generators are used only when the first batch is requested, so their states can be saved between
 * passes. Each position in the order has its own augmentation, readable or not; a pass started `from` a
 * batch's `position` therefore continues exactly as the uninterrupted pass.
 * @param load reads the pictures. Default: worker threads, or this thread for fewer than `manyPictures`
 * @throws when an option is out of range; in a pass from the start, when no image can be read or `dropLast`
 * leaves no batch
 * @example
 * ```ts
 * import { batches, scanImageFolder } from 'high-res-mapping/node';
 *
 * const split = await scanImageFolder('scenes/train');
 * for await (const { pictures, labels } of batches(split, { batchSize: 5, size: 64 })) {
 *   console.log(pictures.shape.join(' x '), '| classes', labels.join(' '));
 * }
 * //=> 5 x 64 x 64 x 3 | classes 0 0 1 1 2
 * //=> 5 x 64 x 64 x 3 | classes 2 3 3 4 4
 * //=> 2 x 64 x 64 x 3 | classes 5 5
 * ```
 */
export async function* batches(
  split: ImageFolder,
  options: BatchOptions,
  load: LoadPictures = split.samples.length < manyPictures ? loadPictures : loadInWorkers,
): AsyncGenerator<Batch, void, undefined> {
  const {
    size = defaultImageSize,
    height = size,
    width = size,
    channels = 3,
    crop,
    batchSize,
    shuffle,
    augment,
  } = options;
  const { ahead = Math.max(2, workerCount), from = 0, dropLast = false, strict = false } = options;
  const { cache = new PictureCache(), valueRange, onUnreadable, onNote, signal, share } = options;
  for (const [what, value] of Object.entries({ height, width, batchSize, ahead })) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw new Error(`batches: ${what} is a whole number >= 1, got ${value}`);
    }
  }
  if (crop !== undefined && !(crop > 0 && crop <= 1 && height === width)) {
    throw new Error(
      `batches: crop is in (0, 1] with height and width alike, got ${crop} with ${height} x ${width}`,
    );
  }
  const images = split.samples.length;
  if (!(Number.isInteger(from) && from >= 0 && from <= images)) {
    throw new Error(`batches: from is a whole number from 0 to the ${images} images, got ${from}`);
  }
  const order = shuffle ? shuffle.shuffle(split.samples) : split.samples;
  const places =
    share && placesOf(order, { share, batchSize, from, isLost: (path) => cache.unreadable.has(path) });
  const ownSize = share ? batchSize / share.of : batchSize;
  const pass: Pass = {
    order,
    from,
    isOwn: places?.isOwn,
    draws: augment && random(augment.integer(2 ** 32)),
    ranges: options.ranges,
    keepColours: options.keepColours ?? false,
    shape: [height, width, channels],
    crop,
    valueRange,
    batchSize: ownSize,
    ahead,
    cache,
    load,
    strict: strict || share !== undefined,
    onUnreadable,
    onNote,
    signal,
  };
  let read = 0;
  for await (const { pictures, items } of inBatches(readAhead(pass), ownSize)) {
    read += items.length;
    if (dropLast && items.length < ownSize) break;
    const samples = items.map((place) => order[place]);
    const last = items[items.length - 1];
    yield {
      pictures: tensor('uint8', [items.length, ...pass.shape], pictures),
      labels: Int32Array.from(samples, (sample) => sample.label),
      paths: samples.map((sample) => sample.path),
      position: places ? places.endOf(last) : last + 1,
    };
  }
  if (from === 0 && read === 0) {
    const error = [...cache.unreadable.values()][0];
    throw new FileError(
      split.dir,
      `none of the ${images} images can be read${error ? ` (${error.message})` : ''}`,
    );
  }
  if (from === 0 && read < ownSize && dropLast) {
    throw new FileError(
      split.dir,
      `${read} readable images do not fill a batch of ${batchSize}; lower the batch size`,
    );
  }
}

/** Number of batches in a pass over `images` readable images. */
export function batchCount(images: number, batchSize: number, dropLast = false): number {
  return dropLast ? Math.floor(images / batchSize) : Math.ceil(images / batchSize);
}
