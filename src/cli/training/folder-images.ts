/** The images of a run, in folders. */
import { join, relative } from 'node:path';
import { type Batch, type BatchOptions, batches } from '../../data/batches/batches.ts';
import { PictureCache } from '../../data/batches/picture-cache.ts';
import { everyNth, type Share } from '../../data/batches/share.ts';
import type { ImageFolder, Sample } from '../../data/dataset/image-folder.ts';
import { contentDigestSync } from '../../data/files/content-digest.ts';
import { FileError } from '../../errors/file-error.ts';
import { type Picture, type Tensor, tensor } from '../../tensor/tensor.ts';
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
import type { Plan } from './plan.ts';
import { rangesOf } from './run-options.ts';

/** A training continues when at most this many images are lost, */
const fewLost = 2;
/** or at most this share of all, whichever is more. */
const shareLost = 0.001;

/** A plan whose images are in folders. */
export type FolderPlan = Pick<Plan, 'options' | 'crop' | 'readsOnce' | 'stored' | 'contents'> & {
  readonly [split in 'train' | 'validation' | 'test']?: ImageFolder;
} & { readonly train: ImageFolder };

export class FolderImages implements RunImages {
  readonly #plan: FolderPlan;
  /** Files that could be read at the start, but no longer. */
  readonly #lost: Set<string> = new Set();
  readonly #cache: PictureCache;
  readonly #reading: Omit<BatchOptions, 'batchSize'>;
  readonly batchSize: number;
  readonly crew?: Crew;
  #softLabels: PictureCache | undefined;

  /**
   * @param onUnreadable called once for each skipped image
   * @param onNote called with warnings about images' values
   * @param signal aborts reading, with its reason
   * @param crew shares the images; its size divides the batch size. Default: this process reads all
   */
  constructor(
    plan: FolderPlan,
    onUnreadable: (path: string, reason: string) => void,
    onNote: (path: string, note: string) => void,
    signal: AbortSignal,
    crew?: Crew,
  ) {
    const { options, train, crop, readsOnce = false, stored } = plan;
    const { imSize, channels, valueRange, strict, dataDir } = options;
    this.#plan = plan;
    this.#cache = new PictureCache(readsOnce ? 0 : undefined);
    this.crew = crew;
    this.batchSize = sharedBatchSize(Math.min(options.batchSize, train.samples.length), crew?.size);
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

  async *training(epoch: number, position: number): AsyncGenerator<Batch, void, undefined> {
    const { batchSize } = this;
    const images = this.#pass(epoch, position, { ...this.#reading, batchSize });
    const cache = this.#softLabels;
    if (cache === undefined) return yield* images;
    const size = Math.ceil(this.#plan.options.imSize / 2);
    const each = this.crew ? { batchSize } : { batchSize: 1, ahead: batchSize };
    const labels = this.#pass(epoch, position, { size, channels: 1, cache, ...each, keepColours: true });
    try {
      for await (const batch of images) yield { ...batch, softLabels: await take(labels, batch.paths) };
    } finally {
      await labels.return();
    }
  }

  /** Order and augmentation depend only on the epoch, not on which images are read. */
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
      share: this.#share,
    });
  }

  get ownBatchSize(): number {
    return this.batchSize / (this.crew?.size ?? 1);
  }

  get #share(): Share | undefined {
    return this.crew && { rank: this.crew.ranks.rank, of: this.crew.size };
  }

  plain(batchSize: number): AsyncGenerator<Batch, void, undefined> {
    return this.#own(this.#plan.train, batchSize);
  }

  get readable(): readonly Sample[] {
    return this.#readable(this.#plan.train);
  }

  get readableToValidate(): readonly Sample[] {
    return this.#plan.validation ? this.#readable(this.#plan.validation) : [];
  }

  get ownToValidate(): number {
    const share = this.#share;
    return share ? everyNth(this.readableToValidate, share).length : this.validated;
  }

  #readable({ samples }: ImageFolder): Sample[] {
    return samples.filter(({ path }) => !this.#cache.unreadable.has(path));
  }

  async check(onSkipped: (path: string, reason: string) => void, signal: AbortSignal): Promise<boolean> {
    const { crew } = this;
    if (!crew) return true;
    const { train, validation } = this.#plan;
    for (const split of validation ? [train, validation] : [train]) await this.#look(split, signal);
    const { stopped } = await crew.agree({ stopped: signal.aborted });
    if (stopped) return false;
    for (const text of await crew.texts(JSON.stringify(this.unreadable))) {
      for (const [name, reason] of JSON.parse(text) as Unreadable[]) {
        const path = join(this.#plan.options.dataDir, name);
        if (this.#cache.unreadable.has(path)) continue;
        this.#cache.unreadable.set(path, new FileError(path, reason));
        onSkipped(path, reason);
      }
    }
    const { length } = this.readable;
    if (length >= this.batchSize) return true;
    throw new FileError(
      train.dir,
      length === 0
        ? `none of the ${train.samples.length} images can be read`
        : `${length} readable images do not fill a batch of ${this.batchSize}; lower the batch size`,
    );
  }

  /**
   * Reads a rank's share of a split. It is no error yet when none of these can be read: other ranks may have
   * readable images.
   */
  async #look(split: ImageFolder, signal: AbortSignal): Promise<void> {
    try {
      for await (const _ of this.#own(split, validationBatch)) if (signal.aborted) return;
    } catch (error) {
      const all = everyNth(split.samples, this.#share as Share);
      const isKnown = error instanceof FileError && all.every(({ path }) => this.#cache.unreadable.has(path));
      if (!isKnown && !(signal.aborted && error === signal.reason)) throw error;
    }
  }

  /** A rank's equal share of the readable images of a split; none when there are fewer images than ranks. */
  async *#own(split: ImageFolder, batchSize: number): AsyncGenerator<Batch, void, undefined> {
    const share = this.#share;
    const own = share ? { ...split, samples: everyNth(this.#readable(split), share) } : split;
    if (!share || own.samples.length > 0) yield* batches(own, { ...this.#reading, batchSize });
  }

  get trained(): number {
    return this.#plan.train.samples.length;
  }

  get validated(): number {
    return this.#plan.validation?.samples.length ?? 0;
  }

  newLabels(): SoftLabels {
    return new Map<string, Picture>();
  }

  teach(labels: SoftLabels): void {
    const cache = new PictureCache(Number.POSITIVE_INFINITY);
    for (const { path } of this.#plan.train.samples) {
      const label = labels.get(path);
      if (label) cache.add(path, label);
    }
    for (const [path, error] of this.#cache.unreadable) cache.unreadable.set(path, error);
    this.#softLabels = cache;
  }

  validation(batchSize: number = validationBatch): AsyncGenerator<Batch, void, undefined> {
    const { validation } = this.#plan;
    return validation ? this.#own(validation, batchSize) : noBatches();
  }

  test(batchSize: number = validationBatch): AsyncGenerator<Batch, void, undefined> {
    const { test } = this.#plan;
    return test ? batches(test, { ...this.#reading, batchSize }) : noBatches();
  }

  /** Whether a file is gone, or has changed since the training began. */
  #isLost(path: string): boolean {
    const before = this.#plan.contents.get(path);
    return before !== undefined && contentDigestSync(path) !== before;
  }

  /** @throws when more are lost than allowed: the data set is disappearing */
  #lose(path: string, reason: string): void {
    const { train, validation, test, options } = this.#plan;
    const splits = new Set([train, validation, test]);
    const all = [...splits].reduce((sum, split) => sum + (split?.samples.length ?? 0), 0);
    this.#lost.add(path);
    if (this.#lost.size <= Math.max(fewLost, shareLost * all)) return;
    throw new Error(
      `${options.dataDir}: ${this.#lost.size} of ${all} images could be read when the training began, but not any more, such as ${path}: ${reason}; restore them, and continue with --resume`,
    );
  }

  get unreadable(): Unreadable[] {
    return this.#listed(() => true);
  }

  get unreadableFromStart(): Unreadable[] {
    return this.#listed((path) => !this.#lost.has(path));
  }

  release(): void {}

  #listed(wanted: (path: string) => boolean): Unreadable[] {
    return [...this.#cache.unreadable]
      .filter(([path]) => wanted(path))
      .map(([path, { reason }]): Unreadable => [relative(this.#plan.options.dataDir, path), reason])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/**
 * The soft labels of some images, taken from a pass in the same order. The pass gives one label at a time or
 * as many as there are images, and may include files that have disappeared since.
 */
async function take(labels: AsyncGenerator<Batch, void>, paths: readonly string[]): Promise<Tensor<'uint8'>> {
  const found: Tensor<'uint8'>[] = [];
  let count = 0;
  while (count < paths.length) {
    const { value } = await labels.next();
    if (!value) throw new Error(`internal: no soft label of ${paths[count]}`);
    if (value.paths[0] !== paths[count]) continue;
    found.push(value.pictures);
    count += value.paths.length;
  }
  const out = tensor('uint8', [count, ...found[0].shape.slice(1)]);
  let at = 0;
  for (const { data } of found) {
    out.data.set(data, at);
    at += data.length;
  }
  return out;
}
