/** Batches of pictures for training and evaluation, made ready ahead of their use. */
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

/** Pictures of a data set that a model takes together, with their classes. */
export interface Batch {
  /** uint8 `[N, H, W, C]`, 0 to 255; `toImages` makes a model's input of them. */
  readonly pictures: Tensor<'uint8'>;
  /**
   * In a training on soft labels, where each picture's object is: uint8 `[N, ceil(H/2), ceil(W/2), 1]`, 255 for
   * surely object.
   */
  readonly softLabels?: Tensor<'uint8'>;
  /** Class index of each image, `[N]`. */
  readonly labels: Int32Array;
  /** File of each image, `[N]`. */
  readonly paths: readonly string[];
  /** How many images of this pass's order are used up with this batch, readable or not: where a pass goes on after it. */
  readonly position: number;
  /** Of a shuffled stream: where it goes on after the batch. */
  readonly place?: ShuffledPosition;
}

/** Which pictures are batched, at what size, in what order. */
export interface BatchOptions {
  /** Height and width in pixels, both alike, default 224; instead of `height` and `width`. */
  readonly size?: number;
  readonly height?: number;
  readonly width?: number;
  /** 3 for RGB (default), 1 for grey. */
  readonly channels?: 1 | 3;
  /** Of each picture the square in its middle alone, of this share of the shorter side, in (0, 1]; height and width are then alike. */
  readonly crop?: number;
  /** Which values are black and white, as `DecodeOptions` has it; a cache is for one range. */
  readonly valueRange?: ValueRange;
  /** Images a batch, >= 1. */
  readonly batchSize: number;
  /** Draws the order of the images; without it they come as the split lists them. */
  readonly shuffle?: Random;
  /** Draws an augmentation for every image; without it none is augmented. */
  readonly augment?: Random;
  /** How far augmentations go. Default: as `drawAugmentation` has it. */
  readonly ranges?: AugmentationRanges;
  /** Whether augmentations leave colours as they are: the pictures are labels. Default false. */
  readonly keepColours?: boolean;
  /** Leaves out a last batch that is not full. Default false. */
  readonly dropLast?: boolean;
  /**
   * One rank's images of each batch alone; the others are not read. Those that cannot be read must be known to the cache: one more is an
   * error. With `dropLast`. Default: all images.
   */
  readonly share?: Share;
  /** Where in the order the pass starts: a batch's `position`, of a pass with the same generators' states. Default 0. */
  readonly from?: number;
  /** The first image that cannot be read ends the pass with an error. Default false: it is skipped. */
  readonly strict?: boolean;
  /** Told of every image that is skipped, once per file and cache. Without it they are skipped silently. */
  readonly onUnreadable?: (path: string, error: FileError) => void;
  /** Told of what is unlikely about an image's values, each time that it is decoded. */
  readonly onNote?: (path: string, note: string) => void;
  /** Pictures already decoded: pass one cache to every epoch, and to none with another `crop`. By default a new one, of 512 MiB. */
  readonly cache?: PictureCache;
  /** Ends the pass at once, with its reason, pictures that are being read left alone. */
  readonly signal?: AbortSignal;
  /** Batches made ready ahead of their use, >= 1, default 2, or as many as there are worker threads. */
  readonly ahead?: number;
}

/** From this many pictures on, worker threads save more time than their start takes. */
export const manyPictures = 512;

/**
 * One pass over a split, in batches. Worker threads read, resize and augment while the caller works on the batch before, even
 * where it blocks this thread.
 *
 * An image that cannot be read is skipped and the next one takes its place, so that every batch but the last is full. The
 * order and the augmentations depend on the split and the two generators alone, each of which gives its numbers at the first
 * batch (their states may be saved between passes); never on the time that decoding takes. Each place in the order has an
 * augmentation of its own, readable or not, so that a pass `from` a batch's `position` goes on exactly as the unbroken one.
 * @param load reads the pictures; by default worker threads, or this one where there is little to read.
 * @throws when the options are out of range; in a pass from the start, when no image at all can be read, or when `dropLast`
 * leaves no batch.
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
      `${read} readable images make no full batch of ${batchSize}; lower the batch size`,
    );
  }
}

/** Number of batches in a pass over `images` readable images. */
export function batchCount(images: number, batchSize: number, dropLast = false): number {
  return dropLast ? Math.floor(images / batchSize) : Math.ceil(images / batchSize);
}
