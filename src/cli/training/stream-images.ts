/** A run's images where they come as a stream: nothing of them is kept. */
import { type Augmentation, drawAugmentation } from '../../data/batches/augment.ts';
import type { Batch } from '../../data/batches/batches.ts';
import { loadInWorkers } from '../../data/batches/load-in-workers.ts';
import type { Sample } from '../../data/dataset/image-folder.ts';
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
} from '../../data/streams/stream-batches.ts';
import { mapAhead } from '../../data/threads/map-ahead.ts';
import { FileError } from '../../errors/file-error.ts';
import { random } from '../../tensor/random.ts';
import { tensor } from '../../tensor/tensor.ts';
import { epochRandom } from '../../train/epoch-random.ts';
import { noBatches, type RunImages, type SoftLabels, type Unreadable, validationBatch } from './images.ts';
import { LabelFile } from './label-file.ts';
import type { Plan } from './plan.ts';
import { rangesOf } from './run-options.ts';
import { imagesIn } from './split.ts';
import type { StreamSplit } from './stream-split.ts';

/** A plan whose images come as a stream. */
export type StreamPlan = Pick<Plan, 'options' | 'crop' | 'stored'> & {
  readonly train: StreamSplit;
  readonly validation?: StreamSplit;
};

/** What is read, and how: all but the pictures and the batch's size. */
type Reading = Omit<StreamBatchOptions<unknown>, 'batchSize' | 'labelOf' | 'augmentationOf'>;

export class StreamImages implements RunImages {
  readonly batchSize: number;
  readonly trained: number;
  readonly validated: number;
  readonly readable: readonly Sample[] = [];
  readonly readableToValidate: readonly Sample[] = [];
  readonly #plan: StreamPlan;
  readonly #reading: Reading;
  readonly #unreadable: Map<string, string>;
  #labels: LabelFile | undefined;

  /**
   * @param onUnreadable told once of each image that is skipped
   * @param onNote told of what is unlikely about images' values
   * @param signal ends what is being read, with its reason
   */
  constructor(
    plan: StreamPlan,
    onUnreadable: (path: string, reason: string) => void,
    onNote: (path: string, note: string) => void,
    signal: AbortSignal,
  ) {
    const { options, train, validation, crop, stored } = plan;
    const { imSize: size, channels, valueRange, strict } = options;
    this.#plan = plan;
    this.trained = imagesIn(train);
    this.validated = validation ? imagesIn(validation) : 0;
    this.batchSize = Math.min(options.batchSize, this.trained);
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
    return this.batchSize;
  }

  get ownToValidate(): number {
    return this.validated;
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
    const batches = streamBatches(ofSplit(pictures, train), {
      ...this.#reading,
      batchSize: this.batchSize,
      dropLast: true,
      labelOf: train.labelOf,
      augmentationOf,
    });
    const labelled = (batch: StreamBatch<Shuffled>): Promise<Batch> => this.#labelled(batch, augmentationOf);
    let none = place === undefined;
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

  async check(): Promise<boolean> {
    return true;
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
    return streamBatches(ofSplit(pictures, split), { ...this.#reading, batchSize, labelOf: split.labelOf });
  }

  /** Each picture of an epoch has draws of its own, so that an epoch can go on at any. */
  #augmentationsOf(epoch: number): ((item: Shuffled) => Augmentation) | undefined {
    const { options } = this.#plan;
    const ranges = rangesOf(options);
    if (!ranges) return undefined;
    const ofEpoch = epochRandom(options.seed, 'augmentation', epoch).integer(2 ** 31);
    return ({ number }) => drawAugmentation(random(ofEpoch + number), ranges);
  }

  /** A batch with its place in the stream and, where there are any, its soft labels. */
  async #labelled(
    { items, ...batch }: StreamBatch<Shuffled>,
    augmentationOf: ((item: Shuffled) => Augmentation) | undefined,
  ): Promise<Batch> {
    const { next, number } = items[items.length - 1];
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
        throw new FileError(path, 'it could not be read when the soft labels were made, and can be now');
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
        ? `${read} readable images make no full batch of ${this.batchSize}; lower the batch size`
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
