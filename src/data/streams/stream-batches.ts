/** Batches of pictures that come as a stream, decoded ahead in worker threads. */
import { FileError } from '../../errors/file-error.ts';
import { sizeOf, tensor } from '../../tensor/tensor.ts';
import type { Batch, BatchOptions } from '../batches/batches.ts';
import { loadInWorkers, workerCount } from '../batches/load-in-workers.ts';
import type { Loaded } from '../batches/load-pictures.ts';
import { mapAhead } from '../threads/map-ahead.ts';
import { type StreamedPicture, streamedName } from './container.ts';

export interface StreamBatchOptions
  extends Pick<BatchOptions, 'channels' | 'crop' | 'valueRange' | 'batchSize' | 'onUnreadable' | 'onNote'> {
  /** Height and width in pixels. */
  readonly size: number;
  /** The class index of what the stream says; undefined: it is none, and the picture counts as one that cannot be read. */
  readonly labelOf: (label: string) => number | undefined;
}

/** Whatever a stream yields, as `PictureStream.read` and `shuffledStream` do: a picture, and where the stream goes on. */
interface Item {
  readonly picture: StreamedPicture;
}

/** A batch, and the last item of the stream that it took up: `behind.next` is where a stream goes on after it. */
export type StreamBatch<T> = Batch & { readonly behind: T };

/**
 * Of pictures that cannot be read, are damaged or have no class, `onUnreadable` is told; a batch is then smaller by them. `paths` are
 * `SOURCE: KEY`, of files of their own the path; `position` counts the stream's pictures, readable or not.
 */
export async function* streamBatches<T extends Item>(
  pictures: AsyncIterable<T>,
  { size, channels = 3, crop, valueRange, batchSize, onUnreadable, onNote, labelOf }: StreamBatchOptions,
): AsyncGenerator<StreamBatch<T>, void, undefined> {
  const shape = [size, size, channels] as const;
  const load = async (taken: Taken<T>): Promise<[Taken<T>, Loaded]> => {
    const items = taken.batch.map((one) => {
      const path = nameOf(one);
      return typeof one.picture === 'string' ? { path } : { path, bytes: one.picture };
    });
    const wantsNotes = onNote !== undefined;
    return [taken, await loadInWorkers({ shape, items, crop, valueRange, wantsNotes, keep: false })];
  };
  const usable = async function* (): AsyncGenerator<Taken<T>> {
    let batch: StreamedPicture[] = [];
    let position = 0;
    let last: T | undefined;
    for await (const item of pictures) {
      const { picture } = item;
      [last, position] = [item, position + 1];
      const reason = picture.error ?? whyNoLabel(picture, labelOf);
      if (reason !== undefined) {
        const name = nameOf(picture);
        onUnreadable?.(name, new FileError(name, reason));
        continue;
      }
      batch.push(picture);
      if (batch.length < batchSize) continue;
      yield { batch, behind: item, position };
      batch = [];
    }
    if (batch.length > 0) yield { batch, behind: last as T, position };
  };
  for await (const [{ batch, behind, position }, { pictures: bytes, unreadable, notes }] of mapAhead(
    usable(),
    load,
    workerCount + 1,
  )) {
    for (const [i, reason] of unreadable) {
      const name = nameOf(batch[i]);
      onUnreadable?.(name, new FileError(name, reason));
    }
    for (const [i, note] of notes) onNote?.(nameOf(batch[i]), note);
    const read = batch.filter((_, i) => !unreadable.has(i));
    if (read.length === 0) continue;
    yield {
      pictures: tensor('uint8', [bytes.length / sizeOf(shape), ...shape], bytes),
      labels: Int32Array.from(read, ({ label }) => labelOf(label as string) as number),
      paths: read.map(nameOf),
      position,
      behind,
    };
  }
}

/** Pictures of a batch, and what the stream has given up to then. */
interface Taken<T> {
  readonly batch: readonly StreamedPicture[];
  readonly behind: T;
  readonly position: number;
}

function whyNoLabel({ label }: StreamedPicture, labelOf: StreamBatchOptions['labelOf']): string | undefined {
  if (label === undefined) return 'no class is said of it';
  return labelOf(label) === undefined ? `its class ${label} is none of the model's` : undefined;
}

/** Of a picture that is a file, its path. */
function nameOf(one: StreamedPicture): string {
  return typeof one.picture === 'string' && one.picture !== '' ? one.picture : streamedName(one);
}
