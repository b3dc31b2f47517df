/** A run's images, in batches; and which of them cannot be read. */
import type { Batch } from '../../data/batches/batches.ts';
import type { Sample } from '../../data/dataset/image-folder.ts';
import type { ShuffledPosition } from '../../data/streams/shuffled-stream.ts';
import type { Picture } from '../../tensor/tensor.ts';
import type { Crew } from '../../train/crew.ts';

/**
 * An image's path within the data's folder, or its name in a stream, with the reason why it cannot be read.
 */
export type Unreadable = readonly [path: string, reason: string];

/** Images that are validated at a time. */
export const validationBatch = 32;

/** Soft labels by the image's path, uint8 `[R, R, 1]`, R = ceil(H/2): 255 for surely object. */
export interface SoftLabels {
  readonly size: number;
  get(path: string): Picture | undefined;
  set(path: string, label: Picture): unknown;
}

export interface RunImages {
  /** Images a step, of all ranks together. */
  readonly batchSize: number;
  /** Images a step of this rank. */
  readonly ownBatchSize: number;
  /** Ranks that share the images; each sees its own, but for the test images. */
  readonly crew?: Crew;
  /** How many there are to train on, readable or not. */
  readonly trained: number;
  /** How many there are to validate on; 0: no validation. */
  readonly validated: number;
  /** How many of the validation this rank looks at. */
  readonly ownToValidate: number;
  /** With ranks: the training images that can be read, as far as that is known, in their order. */
  readonly readable: readonly Sample[];
  /** Those of the validation. */
  readonly readableToValidate: readonly Sample[];
  /** Sorted by path: the order in which they were found depends on how long each took. */
  readonly unreadable: readonly Unreadable[];
  /** Those that could not be read from the start: a run that goes on tries the others again. */
  readonly unreadableFromStart: readonly Unreadable[];
  /**
   * The training images of an epoch, in full batches, from a position in its order; with their soft labels
   * once these are there.
   * @param place of a stream, the `place` of the batch whose `position` it is
   */
  training(epoch: number, position: number, place?: ShuffledPosition): AsyncGenerator<Batch, void, undefined>;
  /** All training images once, or a rank's share of them, in their order, not augmented. */
  plain(batchSize: number): AsyncGenerator<Batch, void, undefined>;
  /** The images of the validation, in their order. */
  validation(batchSize?: number): AsyncGenerator<Batch, void, undefined>;
  /** The test images, in their order; none where there are none. */
  test(batchSize?: number): AsyncGenerator<Batch, void, undefined>;
  /**
   * Learns which images of training and validation cannot be read, before the first step: ranks look at a share each and tell the others,
   * so that all make the same batches. Without ranks that shows in the first epoch, and nothing is done here.
   * @param onSkipped told of those that other ranks have found
   * @returns false when a rank is told to stop
   * @throws when no training image can be read, or fewer than a batch
   */
  check(onSkipped: (path: string, reason: string) => void, signal: AbortSignal): Promise<boolean>;
  /** Where soft labels are put. */
  newLabels(): SoftLabels;
  /** @param labels of the training images that can be read; from now on each comes with its image */
  teach(labels: SoftLabels): void;
  /** Frees what it holds. */
  release(): void;
}

export async function* noBatches(): AsyncGenerator<Batch, void, undefined> {}

/**
 * The largest batch size that ranks can share equally, of those up to one.
 * @throws when there is less than an image for each
 */
export function sharedBatchSize(most: number, ranks: number = 1): number {
  if (most < ranks) throw new Error(`${ranks} ranks need a batch of at least ${ranks} images, got ${most}`);
  return most - (most % ranks);
}
