/** Batches of streamed pictures, decoded ahead in worker threads. */
import { FileError } from '../../errors/file-error.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { Augmentation } from '../batches/augment.ts';
import type { Batch, BatchOptions } from '../batches/batches.ts';
import { inBatches, type Pixels } from '../batches/in-batches.ts';
import { loadInWorkers, workerCount } from '../batches/load-in-workers.ts';
import type { Loaded } from '../batches/load-pictures.ts';
import { mapAhead } from '../threads/map-ahead.ts';
import { eachUnlessAborted } from '../threads/unless-aborted.ts';
import { nameOf, type StreamedPicture } from './container.ts';

/** Options of `streamBatches`. */
export interface StreamBatchOptions<T>
  extends Pick<
    BatchOptions,
    | 'channels'
    | 'crop'
    | 'valueRange'
    | 'batchSize'
    | 'dropLast'
    | 'strict'
    | 'signal'
    | 'onUnreadable'
    | 'onNote'
  > {
  /** Height and width in pixels. */
  readonly size: number;
  /**
   * The class index of a picture's label; undefined for an unknown class, which makes the picture unusable.
   * Default: no class is needed, and all labels are 0.
   */
  readonly labelOf?: (label: string) => number | undefined;
  /** Default: no augmentation. */
  readonly augmentationOf?: (item: T) => Augmentation;
}

/**
 * An item of a stream such as `PictureStream.read` or `shuffledStream`: a picture and the position after it.
 */
interface Item {
  readonly picture: StreamedPicture;
}

/** A batch with its stream items. A stream continues after it at the last item's `next`. */
export type StreamBatch<T> = Batch & { readonly items: readonly T[] };

/**
 * Batches of a stream's pictures. `onUnreadable` is called for pictures that are unreadable, damaged or
 * without a class, and the next ones take their places, so that every batch but the last is full. `paths` are
 * `SOURCE: KEY`, or the path of a file of its own. `position` counts pictures in batches.
 * @throws the error of the first unreadable picture with `strict`; the signal's reason when it aborts
 */
export async function* streamBatches<T extends Item>(
  pictures: AsyncIterable<T>,
  options: StreamBatchOptions<T>,
): AsyncGenerator<StreamBatch<T>, void, undefined> {
  const { size, channels = 3, batchSize, dropLast = false, labelOf } = options;
  let position = 0;
  for await (const { pictures: bytes, items } of inBatches(decoded(pictures, options), batchSize)) {
    if (dropLast && items.length < batchSize) return;
    position += items.length;
    yield {
      pictures: tensor('uint8', [items.length, size, size, channels], bytes),
      labels: Int32Array.from(items, ({ picture: { label } }) => labelOf?.(label as string) ?? 0),
      paths: items.map(({ picture }) => nameOf(picture)),
      position,
      items,
    };
  }
}

/** The readable pictures, at most a batch at a time. */
async function* decoded<T extends Item>(
  pictures: AsyncIterable<T>,
  options: StreamBatchOptions<T>,
): AsyncGenerator<Pixels<T>, void, undefined> {
  const { size, channels = 3, crop, valueRange, signal, onNote, augmentationOf } = options;
  const load = async (taken: readonly T[]): Promise<[readonly T[], Loaded]> => {
    const items = taken.map((item) => {
      const { picture } = item.picture;
      const own = { path: nameOf(item.picture), augmentation: augmentationOf?.(item) };
      return typeof picture === 'string' ? own : { ...own, bytes: picture };
    });
    const shape = [size, size, channels] as const;
    const wantsNotes = onNote !== undefined;
    return [taken, await loadInWorkers({ shape, items, crop, valueRange, wantsNotes, keep: false }, signal)];
  };
  const loading = mapAhead(usable(pictures, options), load, workerCount + 1);
  for await (const [taken, { pictures: bytes, unreadable, notes }] of eachUnlessAborted(loading, signal)) {
    for (const [i, reason] of unreadable) tellOf(taken[i].picture, reason, options);
    for (const [i, note] of notes) onNote?.(nameOf(taken[i].picture), note);
    const items = taken.filter((_, i) => !unreadable.has(i));
    if (items.length > 0) yield { pictures: bytes, items };
  }
}

/** The pictures that can be decoded, a batch at a time. */
async function* usable<T extends Item>(
  pictures: AsyncIterable<T>,
  options: StreamBatchOptions<T>,
): AsyncGenerator<readonly T[], void, undefined> {
  let batch: T[] = [];
  for await (const item of pictures) {
    const { picture } = item;
    const reason = whyUnusable(picture, options.labelOf);
    if (reason !== undefined) {
      tellOf(picture, reason, options);
      continue;
    }
    batch.push(item);
    if (batch.length < options.batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Reports a picture that cannot be read. @throws the error itself, when `strict` */
export function tellOf(
  picture: StreamedPicture,
  reason: string,
  { strict, onUnreadable }: Pick<BatchOptions, 'strict' | 'onUnreadable'>,
): void {
  const name = nameOf(picture);
  const error = new FileError(name, reason);
  if (strict) throw error;
  onUnreadable?.(name, error);
}

/** Why a picture cannot be in a batch, as far as known before decoding; undefined if it can. */
export function whyUnusable(
  { error, label }: StreamedPicture,
  labelOf: StreamBatchOptions<unknown>['labelOf'],
): string | undefined {
  if (error !== undefined || labelOf === undefined) return error;
  if (label === undefined) return 'it has no class';
  return labelOf(label) === undefined ? `its class ${label} is not one of the model's classes` : undefined;
}
