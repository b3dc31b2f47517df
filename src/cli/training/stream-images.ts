/** The images of a run, read from a stream and not kept. */
import { type Augmentation, drawAugmentation } from '../../data/batches/augment.ts';
import type { Batch } from '../../data/batches/batches.ts';
import { loadInWorkers } from '../../data/batches/load-in-workers.ts';
import type { Share } from '../../data/batches/share.ts';
import type { Sample } from '../../data/dataset/image-folder.ts';
import { nameOf, type StreamedPicture } from '../../data/streams/container.ts';
import { pictureStream } from '../../data/streams/picture-stream.ts';
import {
  type Shuffled,
  type ShuffledPosition,
  shuffledStart,
  shuffledStream,
} from '../../data/streams/shuffled-stream.ts';
import {
  type StreamBatch,
  type StreamBatchOptions,
  streamBatches,
  tellOf,
  whyUnusable,
} from '../../data/streams/stream-batches.ts';
import { mapAhead } from '../../data/threads/map-ahead.ts';
import { FileError } from '../../errors/file-error.ts';
import { random } from '../../tensor/random.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { Crew } from '../../train/crew.ts';
import { epochRandom } from '../../train/epoch-random.ts';
import {
  noBatches,
  type RunImages,
  type SoftLabels,
  sharedBatchSize,
  type Unreadable,
  validationBatch,
} from './images.ts';
import { LabelFile } from './label-file.ts';
import type { Plan } from './plan.ts';
import { rangesOf } from './run-options.ts';
import { imagesIn } from './split.ts';
import { everyNthOf, partsOfBatches } from './stream-share.ts';
import type { StreamSplit } from './stream-split.ts';

/** A plan whose images are a stream. */
export type StreamPlan = Pick<Plan, 'options' | 'crop' | 'stored'> & {
  readonly train: StreamSplit;
  readonly validation?: StreamSplit;
};

/** The result of a pass over a split. */
interface Looked {
  /** Number of pictures of all ranks that are not damaged and have a class. */
  readonly usable: number;
  /** Pictures of this rank that cannot be decoded. */
  readonly lost: readonly Unreadable[];
}

/** Options of reading, except the labels, the augmentation and the batch size. */
type Reading = Omit<StreamBatchOptions<unknown>, 'batchSize' | 'labelOf' | 'augmentationOf'>;

/** A picture of an epoch; if several ranks share the batches, with the last picture of its batch. */
type Trained = Shuffled & { readonly last?: Shuffled };

export class StreamImages implements RunImages {
  readonly crew?: Crew;
  readonly batchSize: number;
  readonly trained: number;
  readonly validated: number;
  readonly readable: readonly Sample[] = [];
  readonly readableToValidate: readonly Sample[] = [];
  readonly #plan: StreamPlan;
  readonly #reading: Reading;
  readonly #unreadable: Map<string, string>;
  #labels: LabelFile | undefined;
  /** With several ranks: the number of readable validation images, known after `check`. */
  #toValidate = 0;

  /**
   * @param onUnreadable called once for each skipped image
   * @param onNote called with warnings about images' values
   * @param signal aborts reading, with its reason
   * @param crew shares the images; its size divides the batch size. Default: this process decodes all
   */
  constructor(
    plan: StreamPlan,
    onUnreadable: (path: string, reason: string) => void,
    onNote: (path: string, note: string) => void,
    signal: AbortSignal,
    crew?: Crew,
  ) {
    const { options, train, validation, crop, stored } = plan;
    const { imSize: size, channels, valueRange, strict } = options;
    this.#plan = plan;
    this.trained = imagesIn(train);
    this.validated = validation ? imagesIn(validation) : 0;
    this.crew = crew;
    this.batchSize = sharedBatchSize(Math.min(options.batchSize, this.trained), crew?.size);
    this.#unreadable = new Map(stored?.unreadable);
    this.#reading = {
      size,
      channels,
      crop,
      valueRange,
      strict,
      signal,
      onNote,
      onUnreadable: (path, { reason }) => {
        if (this.#unreadable.has(path)) return;
        this.#unreadable.set(path, reason);
        onUnreadable(path, reason);
      },
    };
  }

  get ownBatchSize(): number {
    return this.batchSize / (this.crew?.size ?? 1);
  }

  get ownToValidate(): number {
    const share = this.#share;
    return share ? Math.max(0, Math.ceil((this.#toValidate - share.rank) / share.of)) : this.validated;
  }

  get #share(): Share | undefined {
    return this.crew && { rank: this.crew.ranks.rank, of: this.crew.size };
  }

  get unreadable(): Unreadable[] {
    return [...this.#unreadable].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  get unreadableFromStart(): Unreadable[] {
    return this.unreadable;
  }

  async *training(
    epoch: number,
    _position: number,
    place?: ShuffledPosition,
  ): AsyncGenerator<Batch, void, undefined> {
    const { train, options } = this.#plan;
    const { seed, shuffleBuffer: buffer } = options;
    const from = place ?? { ...shuffledStart, epoch };
    const pictures = shuffledStream(train.containers, { seed, buffer, from, epochs: epoch + 1 });
    const augmentationOf = this.#augmentationsOf(epoch);
    const share = this.#share;
    const items: AsyncIterable<Trained> = share
      ? partsOfBatches(this.#usable(pictures, train), share, this.batchSize)
      : ofSplit(pictures, train);
    const batches = streamBatches(items, {
      ...this.#reading,
      // The ranks have agreed on the readable images: one fewer would make their batches differ.
      strict: this.#reading.strict || share !== undefined,
      batchSize: this.ownBatchSize,
      dropLast: true,
      labelOf: train.labelOf,
      augmentationOf,
    });
    const labelled = (batch: StreamBatch<Trained>): Promise<Batch> => this.#labelled(batch, augmentationOf);
    let none = place === undefined && !share;
    for await (const batch of mapAhead(batches, labelled, 1)) {
      none = false;
      yield batch;
    }
    if (none) throw this.#noBatch();
  }

  async *plain(batchSize: number): AsyncGenerator<Batch, void, undefined> {
    const { train } = this.#plan;
    let none = true;
    for await (const batch of this.#inOrder(train, batchSize)) {
      none = false;
      yield batch;
    }
    if (none) throw this.#noBatch();
  }

  validation(batchSize: number = validationBatch): AsyncGenerator<Batch, void, undefined> {
    const { validation } = this.#plan;
    return validation ? this.#inOrder(validation, batchSize) : noBatches();
  }

  test(): AsyncGenerator<Batch, void, undefined> {
    return noBatches();
  }

  async check(onSkipped: (path: string, reason: string) => void, signal: AbortSignal): Promise<boolean> {
    const { crew } = this;
    if (!crew) return true;
    const { train, validation } = this.#plan;
    const looked: Looked[] = [];
    for (const split of validation ? [train, validation] : [train]) {
      looked.push(await this.#look(split, signal));
    }
    const { stopped } = await crew.agree({ stopped: signal.aborted });
    if (stopped) return false;
    const readable = looked.map(({ usable }) => usable);
    for (const text of await crew.texts(JSON.stringify(looked.map(({ lost }) => lost)))) {
      for (const [k, lost] of (JSON.parse(text) as Unreadable[][]).entries()) {
        readable[k] -= lost.length;
        for (const [path, reason] of lost) {
          this.#unreadable.set(path, reason);
          onSkipped(path, reason);
        }
      }
    }
    this.#toValidate = readable[1] ?? 0;
    if (readable[0] >= this.batchSize) return true;
    throw this.#noBatch();
  }

  /** Decodes a rank's share of a split, and finds the unreadable images. */
  async #look(split: StreamSplit, signal: AbortSignal): Promise<Looked> {
    const lost: Unreadable[] = [];
    let usable = 0;
    const counted = async function* <T>(items: AsyncIterable<T>): AsyncGenerator<T> {
      for await (const item of items) {
        usable++;
        yield item;
      }
    };
    const pictures = pictureStream(split.containers, { index: 0, count: 1 }).read();
    const own = everyNthOf(counted(this.#usable(pictures, split)), this.#share as Share);
    const onUnreadable = (path: string, { reason }: FileError): void => void lost.push([path, reason]);
    const reading = { ...this.#reading, batchSize: validationBatch, labelOf: split.labelOf, onUnreadable };
    try {
      for await (const _ of streamBatches(own, reading)) if (signal.aborted) break;
    } catch (error) {
      if (!(signal.aborted && error === signal.reason)) throw error;
    }
    return { usable, lost };
  }

  /** The images of a split that are known to be readable: the same on all ranks. */
  async *#usable<T extends { readonly picture: StreamedPicture }>(
    items: AsyncIterable<T>,
    split: StreamSplit,
  ): AsyncGenerator<T, void, undefined> {
    for await (const item of ofSplit(items, split)) {
      if (this.#unreadable.has(nameOf(item.picture))) continue;
      const reason = whyUnusable(item.picture, split.labelOf);
      if (reason === undefined) yield item;
      else tellOf(item.picture, reason, this.#reading);
    }
  }

  newLabels(): SoftLabels {
    this.#labels = new LabelFile();
    return this.#labels;
  }

  teach(labels: SoftLabels): void {
    if (labels !== this.#labels) throw new Error('internal: soft labels of a stream are those of newLabels');
  }

  release(): void {
    this.#labels?.close();
  }

  #inOrder(split: StreamSplit, batchSize: number): AsyncGenerator<Batch, void, undefined> {
    const pictures = pictureStream(split.containers, { index: 0, count: 1 }).read();
    const share = this.#share;
    const own = share ? everyNthOf(this.#usable(pictures, split), share) : ofSplit(pictures, split);
    return streamBatches(own, { ...this.#reading, batchSize, labelOf: split.labelOf });
  }

  /** Each picture of an epoch has its own random numbers, so that an epoch can resume at any picture. */
  #augmentationsOf(epoch: number): ((item: Shuffled) => Augmentation) | undefined {
    const { options } = this.#plan;
    const ranges = rangesOf(options);
    if (!ranges) return undefined;
    const ofEpoch = epochRandom(options.seed, 'augmentation', epoch).integer(2 ** 31);
    return ({ number }) => drawAugmentation(random(ofEpoch + number), ranges);
  }

  /** A batch with its position in the stream and, if there are any, its soft labels. */
  async #labelled(
    { items, ...batch }: StreamBatch<Trained>,
    augmentationOf: ((item: Shuffled) => Augmentation) | undefined,
  ): Promise<Batch> {
    const own = items[items.length - 1];
    const { next, number } = own.last ?? own;
    const placed = { ...batch, position: number + 1, place: next };
    const labels = this.#labels;
    if (!labels) return placed;
    const side = Math.ceil(this.#plan.options.imSize / 2);
    const shape = [side, side, 1] as const;
    const tasks = items.map((item, i) => {
      const path = batch.paths[i];
      const { colour: _, ...places } = augmentationOf?.(item) ?? { flip: false };
      const pixels = labels.get(path)?.data;
      if (!pixels)
        throw new FileError(
          path,
          'it could not be read when the soft labels were made, but it can be read now',
        );
      return { path, pixels, augmentation: places };
    });
    const { pictures } = await loadInWorkers({ shape, items: tasks, keep: false }, this.#reading.signal);
    return { ...placed, softLabels: tensor('uint8', [items.length, ...shape], pictures) };
  }

  #noBatch(): FileError {
    const { train } = this.#plan;
    const read = this.trained - this.#unreadable.size;
    const [first] = this.unreadable;
    return new FileError(
      train.dir,
      read > 0
        ? `${read} readable images do not fill a batch of ${this.batchSize}; lower the batch size`
        : `none of the ${this.trained} images can be read (${first.join(': ')})`,
    );
  }
}

async function* ofSplit<T extends Pick<Shuffled, 'picture'>>(
  items: AsyncIterable<T>,
  split: StreamSplit,
): AsyncGenerator<T, void, undefined> {
  for await (const item of items) if (split.has(item.picture)) yield item;
}
