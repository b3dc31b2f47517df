/** The images of a run, in batches, and the list of unreadable ones. */
import type { Batch } from '../../data/batches/batches.ts';
import type { Sample } from '../../data/dataset/image-folder.ts';
import type { ShuffledPosition } from '../../data/streams/shuffled-stream.ts';
import type { Picture } from '../../tensor/tensor.ts';
import type { Crew } from '../../train/crew.ts';

/**
 * An image's path within the data's folder, or its name in a stream, and the reason why it cannot be read.
 */
export type Unreadable = readonly [path: string, reason: string];

/** Number of images validated together. */
export const validationBatch = 32;

/** Soft labels by the image's path, uint8 `[R, R, 1]`, R = ceil(H/2): 255 for surely object. */
export interface SoftLabels {
  readonly size: number;
  get(path: string): Picture | undefined;
  set(path: string, label: Picture): unknown;
}

export interface RunImages {
  /** Images in a step, over all ranks. */
  readonly batchSize: number;
  /** Images in a step of this rank. */
  readonly ownBatchSize: number;
  /** Ranks that share the images. Each reads its own share, but all read the test images. */
  readonly crew?: Crew;
  /** Number of training images, readable or not. */
  readonly trained: number;
  /** Number of validation images, readable or not; 0: no validation. */
  readonly validated: number;
  /** Number of validation images that this rank evaluates. */
  readonly ownToValidate: number;
  /** With several ranks: the training images known to be readable, in order. */
  readonly readable: readonly Sample[];
  /** The same for the validation images. */
  readonly readableToValidate: readonly Sample[];
  /** Sorted by path, since they are found in random order. */
  readonly unreadable: readonly Unreadable[];
  /** Images that were unreadable from the start; a resumed run tries the others again. */
  readonly unreadableFromStart: readonly Unreadable[];
  /**
   * The training images of an epoch in full batches, from a position in its order; with their soft labels
   * after `teach`.
   * @param place for a stream: the `place` of the batch whose `position` is given
   */
  training(epoch: number, position: number, place?: ShuffledPosition): AsyncGenerator<Batch, void, undefined>;
  /** All training images once, or this rank's share of them, in order, not augmented. */
  plain(batchSize: number): AsyncGenerator<Batch, void, undefined>;
  /** The validation images, in order. */
  validation(batchSize?: number): AsyncGenerator<Batch, void, undefined>;
  /** The test images, in order; empty when there are none. */
  test(batchSize?: number): AsyncGenerator<Batch, void, undefined>;
  /**
   * Finds the unreadable images of training and validation before the first step. Each rank checks a share
   * and sends its result to the others, so that all make the same batches. Without ranks this does nothing:
   * the first epoch finds them.
   * @param onSkipped called with those that other ranks have found
   * @returns false when any rank is stopped
   * @throws when no training image can be read, or fewer than a batch
   */
  check(onSkipped: (path: string, reason: string) => void, signal: AbortSignal): Promise<boolean>;
  /** A new store for soft labels. */
  newLabels(): SoftLabels;
  /**
   * Adds soft labels to the images read from now on.
   * @param labels one for each readable training image
   */
  teach(labels: SoftLabels): void;
  /** Frees its resources. */
  release(): void;
}

export async function* noBatches(): AsyncGenerator<Batch, void, undefined> {}

/**
 * The largest batch size that the ranks can share equally, at most `most`.
 * @throws when there are fewer images than ranks
 */
export function sharedBatchSize(most: number, ranks: number = 1): number {
  if (most < ranks) throw new Error(`${ranks} ranks need a batch of at least ${ranks} images, got ${most}`);
  return most - (most % ranks);
}
