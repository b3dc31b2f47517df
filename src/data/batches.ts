/** Batches of pictures for training and evaluation, decoded ahead of their use. */
import { availableParallelism } from 'node:os';
import { type Random, random } from '../tensor/random.ts';
import { type Picture, type Tensor, tensor } from '../tensor/tensor.ts';
import { applyAugmentation, drawAugmentation } from './augment.ts';
import { readPicture } from './decode.ts';
import type { ImageFolder, Sample } from './image-folder.ts';
import { PictureCache } from './picture-cache.ts';
import { mapAhead, prefetch } from './prefetch.ts';

export interface Batch {
  /** float32 `[N, H, W, C]` in [0, 1]. */
  readonly images: Tensor<'float32'>;
  /** Class index of each image, `[N]`. */
  readonly labels: Int32Array;
  /** File of each image, `[N]`. */
  readonly paths: readonly string[];
}

export interface BatchOptions {
  /** Height and width in pixels, both alike, default 224; instead of `height` and `width`. */
  readonly size?: number;
  readonly height?: number;
  readonly width?: number;
  /** 3 for RGB (default), 1 for grey. */
  readonly channels?: 1 | 3;
  /** Images a batch, >= 1. */
  readonly batchSize: number;
  /** Draws the order of the images; without it they come as the split lists them. */
  readonly shuffle?: Random;
  /** Draws an augmentation for every image; without it none is augmented. */
  readonly augment?: Random;
  /** Leaves out a last batch that is not full. Default false. */
  readonly dropLast?: boolean;
  /** Told of every image that cannot be read, once per file and cache. Without it they are skipped silently. */
  readonly onUnreadable?: (path: string, error: Error) => void;
  /** Pictures already decoded: pass one cache to every epoch. By default a new one, of 512 MiB. */
  readonly cache?: PictureCache;
  /** Batches made ready ahead of their use, >= 1, default 2. */
  readonly ahead?: number;
}

/**
 * One pass over a split, in batches. Files are decoded in the background while the caller works on the batch before.
 *
 * An image that cannot be read is skipped and the next one takes its place, so that every batch but the last is full. The
 * order and the augmentations depend on the split and the two generators alone, each of which gives its numbers at the first
 * batch (their states may be saved between passes); never on the time that decoding takes.
 * @throws when the options are out of range, when no image at all can be read, or when `dropLast` leaves no batch.
 */
export async function* batches(
  split: ImageFolder,
  options: BatchOptions,
): AsyncGenerator<Batch, void, undefined> {
  const { size = 224, height = size, width = size, batchSize, ahead = 2, shuffle, augment } = options;
  for (const [what, value] of Object.entries({ height, width, batchSize, ahead })) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw new Error(`batches: ${what} is a whole number >= 1, got ${value}`);
    }
  }
  const order = shuffle ? shuffle.shuffle(split.samples) : split.samples;
  const draws = augment && random(augment.integer(2 ** 32));
  const closed = { now: false };
  try {
    yield* prefetch(assemble(split, order, draws, options, closed), ahead);
  } finally {
    closed.now = true;
  }
}

/** Number of batches in a pass over `images` readable images. */
export function batchCount(images: number, batchSize: number, dropLast = false): number {
  return dropLast ? Math.floor(images / batchSize) : Math.ceil(images / batchSize);
}

async function* assemble(
  split: ImageFolder,
  order: readonly Sample[],
  draws: Random | undefined,
  options: BatchOptions,
  closed: { readonly now: boolean },
): AsyncGenerator<Batch, void, undefined> {
  const { size = 224, height = size, width = size, channels = 3, batchSize, dropLast = false } = options;
  const { cache = new PictureCache(), onUnreadable } = options;
  const shape = [height, width, channels];
  const load = async (sample: Sample): Promise<{ sample: Sample; picture?: Picture }> => {
    if (closed.now || cache.unreadable.has(sample.path)) return { sample };
    const key = `${shape} ${sample.path}`;
    const known = cache.get(key);
    if (known !== undefined) return { sample, picture: known };
    try {
      const picture = await readPicture(sample.path, { height, width, channels });
      cache.add(key, picture);
      return { sample, picture };
    } catch (error) {
      if (!cache.unreadable.has(sample.path)) {
        cache.unreadable.set(sample.path, error as Error);
        onUnreadable?.(sample.path, error as Error);
      }
      return { sample };
    }
  };
  let filling: { sample: Sample; picture: Picture }[] = [];
  let read = 0;
  let made = 0;
  for await (const { sample, picture } of mapAhead(order, load, 2 * Math.max(2, availableParallelism()))) {
    if (closed.now) return;
    if (picture === undefined) continue;
    read++;
    filling.push({ sample, picture: draws ? applyAugmentation(picture, drawAugmentation(draws)) : picture });
    if (filling.length === batchSize) {
      yield toBatch(filling, shape);
      made++;
      filling = [];
    }
  }
  if (read === 0) {
    const error = [...cache.unreadable.values()][0];
    throw new Error(
      `${split.dir}: none of the ${order.length} images can be read${error ? ` (${error.message})` : ''}`,
    );
  }
  if (filling.length > 0 && !dropLast) yield toBatch(filling, shape);
  else if (made === 0) {
    throw new Error(
      `${split.dir}: ${read} readable images make no full batch of ${batchSize}; lower the batch size`,
    );
  }
}

function toBatch(items: readonly { sample: Sample; picture: Picture }[], shape: readonly number[]): Batch {
  const images = tensor('float32', [items.length, ...shape]);
  let at = 0;
  for (const { picture } of items) {
    const { data } = picture;
    for (let i = 0; i < data.length; i++) images.data[at++] = data[i] / 255;
  }
  return {
    images,
    labels: Int32Array.from(items, (item) => item.sample.label),
    paths: items.map((item) => item.sample.path),
  };
}
