/** A run's images, in batches; and which of them cannot be read. */
import { relative } from 'node:path';
import { type Batch, type BatchOptions, batches } from '../../data/batches/batches.ts';
import { PictureCache } from '../../data/batches/picture-cache.ts';
import type { ImageFolder } from '../../data/dataset/image-folder.ts';
import { contentDigestSync } from '../../data/files/content-digest.ts';
import { FileError } from '../../errors/file-error.ts';
import { type Picture, type Tensor, tensor } from '../../tensor/tensor.ts';
import { epochRandom } from '../../train/epoch-random.ts';
import type { Plan } from './plan.ts';
import { rangesOf } from './run-options.ts';

/** An image's path within the data's folder, with the reason why it cannot be read. */
export type Unreadable = readonly [path: string, reason: string];

/** A training goes on without so many images that are lost on the way, */
const fewLost = 2;
/** or without this share of all, whichever is more. */
const shareLost = 0.001;

/** Images that are validated at a time. */
export const validationBatch = 32;

export class RunImages {
  readonly #plan: Plan;
  /** Files that could be read at the start, and cannot any more. */
  readonly #lost: Set<string> = new Set();
  readonly #cache: PictureCache;
  readonly #reading: Omit<BatchOptions, 'batchSize'>;
  /** Images a step. */
  readonly batchSize: number;
  #softLabels: PictureCache | undefined;

  /**
   * @param onUnreadable told once of each image that is skipped
   * @param onNote told of what is unlikely about images' values
   * @param signal ends what is being read, with its reason
   */
  constructor(
    plan: Plan,
    onUnreadable: (path: string, reason: string) => void,
    onNote: (path: string, note: string) => void,
    signal: AbortSignal,
  ) {
    const { options, train, crop, readsOnce = false, stored } = plan;
    const { imSize, channels, valueRange, strict, dataDir } = options;
    this.#plan = plan;
    this.#cache = new PictureCache(readsOnce ? 0 : undefined);
    this.batchSize = Math.min(options.batchSize, train.samples.length);
    this.#reading = {
      size: imSize,
      channels,
      crop,
      valueRange,
      strict,
      cache: this.#cache,
      onNote,
      signal,
      onUnreadable: (path, { reason }) => {
        const lost = this.#isLost(path);
        onUnreadable(path, lost ? `${reason}; it could be read when the training began` : reason);
        if (lost) this.#lose(path, reason);
      },
    };
    const skipped = new Map(stored?.unreadable);
    const splits = [train, plan.validation, plan.test];
    for (const { path } of splits.flatMap((split) => split?.samples ?? [])) {
      const reason = skipped.get(relative(dataDir, path));
      if (reason !== undefined) this.#cache.unreadable.set(path, new FileError(path, reason));
    }
  }

  /**
   * The training images of an epoch, in full batches, from a position in its order; with their soft labels
   * once these are there.
   */
  async *training(epoch: number, position: number): AsyncGenerator<Batch, void, undefined> {
    const { batchSize } = this;
    const images = this.#pass(epoch, position, { ...this.#reading, batchSize });
    const cache = this.#softLabels;
    if (cache === undefined) return yield* images;
    const size = Math.ceil(this.#plan.options.imSize / 2);
    const reading = { size, channels: 1, cache, batchSize: 1, ahead: batchSize, keepColours: true } as const;
    const labels = this.#pass(epoch, position, reading);
    try {
      for await (const batch of images) yield { ...batch, softLabels: await take(labels, batch.paths) };
    } finally {
      await labels.return();
    }
  }

  /** Order and augmentation are the epoch's, whatever is read. */
  #pass(epoch: number, from: number, reading: BatchOptions): AsyncGenerator<Batch, void> {
    const { train, options } = this.#plan;
    const ranges = rangesOf(options);
    const { seed } = options;
    return batches(train, {
      ...reading,
      shuffle: epochRandom(seed, 'order', epoch),
      augment: ranges && epochRandom(seed, 'augmentation', epoch),
      ranges,
      from,
      dropLast: true,
    });
  }

  /** All training images once, in their order, not augmented. */
  plain(batchSize: number): AsyncGenerator<Batch, void> {
    return batches(this.#plan.train, { ...this.#reading, batchSize });
  }

  /** How many there are to train on, readable or not. */
  get trained(): number {
    return this.#plan.train.samples.length;
  }

  /** How many there are to validate on; 0: no validation. */
  get validated(): number {
    return this.#plan.validation?.samples.length ?? 0;
  }

  /**
   * @param labels of the training images that can be read, uint8 `[ceil(H/2), ceil(W/2), 1]`; from now on each comes with
   * its image
   */
  teach(labels: ReadonlyMap<string, Picture>): void {
    const cache = new PictureCache(Number.POSITIVE_INFINITY);
    for (const [path, picture] of labels) cache.add(path, picture);
    for (const [path, error] of this.#cache.unreadable) cache.unreadable.set(path, error);
    this.#softLabels = cache;
  }

  /** The images of the validation, in their order. */
  validation(batchSize: number = validationBatch): AsyncGenerator<Batch, void, undefined> {
    return this.#all(this.#plan.validation, batchSize);
  }

  /** The test images, in their order; none where there is no such folder. */
  test(batchSize: number = validationBatch): AsyncGenerator<Batch, void, undefined> {
    return this.#all(this.#plan.test, batchSize);
  }

  async *#all(split: ImageFolder | undefined, batchSize: number): AsyncGenerator<Batch, void, undefined> {
    if (split) yield* batches(split, { ...this.#reading, batchSize });
  }

  /** Whether a file is gone, or holds something else than when the training began. */
  #isLost(path: string): boolean {
    const before = this.#plan.contents.get(path);
    return before !== undefined && contentDigestSync(path) !== before;
  }

  /** @throws when more are lost than a training should go on without: the data set is going */
  #lose(path: string, reason: string): void {
    const { train, validation, test, options } = this.#plan;
    const splits = new Set([train, validation, test]);
    const all = [...splits].reduce((sum, split) => sum + (split?.samples.length ?? 0), 0);
    this.#lost.add(path);
    if (this.#lost.size <= Math.max(fewLost, shareLost * all)) return;
    throw new Error(
      `${options.dataDir} is going: ${this.#lost.size} of its ${all} images, which could be read when the training began, cannot be any more, as ${path}: ${reason}; bring them back, and go on with --resume`,
    );
  }

  /** Sorted by path: the order in which they were found depends on how long each took. */
  get unreadable(): Unreadable[] {
    return this.#listed(() => true);
  }

  /** Those that could not be read from the start: a run that goes on tries the others again. */
  get unreadableFromStart(): Unreadable[] {
    return this.#listed((path) => !this.#lost.has(path));
  }

  #listed(wanted: (path: string) => boolean): Unreadable[] {
    return [...this.#cache.unreadable]
      .filter(([path]) => wanted(path))
      .map(([path, { reason }]): Unreadable => [relative(this.#plan.options.dataDir, path), reason])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/**
 * The soft labels of some images out of a pass in the same order, one at a time; it may have more: of files
 * that are gone since.
 */
async function take(
  labels: AsyncGenerator<Batch, void>,
  paths: readonly string[],
): Promise<Tensor<'float32'>> {
  const found: Tensor<'float32'>[] = [];
  while (found.length < paths.length) {
    const { value } = await labels.next();
    if (!value) throw new Error(`internal: no soft label of ${paths[found.length]}`);
    if (value.paths[0] === paths[found.length]) found.push(value.images);
  }
  const [{ shape, data }] = found;
  const out = tensor('float32', [found.length, ...shape.slice(1)]);
  for (const [i, one] of found.entries()) out.data.set(one.data, i * data.length);
  return out;
}
