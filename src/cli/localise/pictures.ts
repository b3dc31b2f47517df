/** The pictures that are measured, with their ground truth: from a folder or a stream. */
import type { Batch } from '../../data/batches/batches.ts';
import type { Sample } from '../../data/dataset/image-folder.ts';
import type { ObjectTruth } from '../../data/ground-truth/object-truth.ts';
import { toImages } from '../../data/picture/unit-range.ts';
import type { ValueRange } from '../../data/picture/value-range.ts';
import type { GroundTruth } from '../../metrics/localisation.ts';
import { itemAt, stack } from '../../tensor/batch.ts';
import type { Tensor } from '../../tensor/tensor.ts';

export interface PassOptions {
  readonly imSize: number;
  readonly batchSize: number;
  /** The range of values of pictures that are not grey levels, as in `BatchOptions`. */
  readonly valueRange?: ValueRange;
  readonly onNote?: (path: string, note: string) => void;
}

/** Images with their ground truth. */
export interface LabelledBatch {
  readonly images: Tensor<'float32'>;
  readonly labels: readonly number[];
  readonly paths: readonly string[];
  readonly truths: readonly GroundTruth[];
}

export interface MeasuredPictures {
  /** The folder or stream, for errors. */
  readonly dir: string;
  /** Number of pictures, readable or not. */
  readonly count: number;
  /** Lines about the masks and boxes found, and what was assumed about them. */
  readonly notes: readonly string[];
  /**
   * Batches of the images that have a ground truth.
   * @param onSkipped called with each image that has none, or cannot be read
   * @param wanted the images to read, in this order and with these labels; default: all
   */
  batches(
    options: PassOptions & { readonly channels: number },
    onSkipped: (path: string, reason: string) => void,
    wanted?: readonly Sample[],
  ): AsyncGenerator<LabelledBatch>;
  /** Keeps pictures that several passes will need; releases those kept before. */
  hold(paths: readonly string[]): Promise<void>;
  /**
   * A picture with a ground truth: its path or its file's bytes, and that truth.
   * @throws when it can no longer be read
   */
  one(path: string): Promise<{ file: string | Uint8Array; truth: ObjectTruth | undefined }>;
  /** A picture's path within the folder, or name in the stream. */
  nameOf(path: string): string;
}

/**
 * The pictures of batches that have a ground truth.
 * @param truthsOf the truth of each picture of a batch; undefined: unknown, or no object
 */
export async function* withTruths<B extends Pick<Batch, 'pictures' | 'labels' | 'paths'>>(
  passes: AsyncIterable<B>,
  truthsOf: (batch: B) => Promise<readonly (ObjectTruth | undefined)[]>,
  onSkipped: (path: string, reason: string) => void,
): AsyncGenerator<LabelledBatch> {
  for await (const batch of passes) {
    const { pictures, labels, paths } = batch;
    const truths = await truthsOf(batch);
    const known = truths.flatMap((truth, i) => (truth ? [{ truth, i }] : []));
    for (const [i, truth] of truths.entries()) {
      if (truth === undefined) onSkipped(paths[i], 'no mask or box of its object');
    }
    if (known.length === 0) continue;
    yield {
      images: toImages(stack(known.map(({ i }) => itemAt(pictures, i)))),
      labels: known.map(({ i }) => labels[i]),
      paths: known.map(({ i }) => paths[i]),
      truths: known.map(({ truth }) => truth),
    };
  }
}
