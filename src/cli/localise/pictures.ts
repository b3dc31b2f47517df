/** The pictures that are measured, with what is true of them: a folder's, or those of a stream. */
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
  /** Of pictures whose values are no grey levels, as `BatchOptions` has it. */
  readonly valueRange?: ValueRange;
  readonly onNote?: (path: string, note: string) => void;
}

/** Images, and what is true of them. */
export interface LabelledBatch {
  readonly images: Tensor<'float32'>;
  readonly labels: readonly number[];
  readonly paths: readonly string[];
  readonly truths: readonly GroundTruth[];
}

export interface MeasuredPictures {
  /** The folder or stream, for errors. */
  readonly dir: string;
  /** How many there are, readable or not. */
  readonly count: number;
  /** What was found and assumed of masks and boxes, a line each. */
  readonly notes: readonly string[];
  /**
   * Batches of the images that have a ground truth.
   * @param onSkipped told of every other one, and of those that cannot be read
   * @param wanted these alone, in their order, with their labels. Default: all
   */
  batches(
    options: PassOptions & { readonly channels: number },
    onSkipped: (path: string, reason: string) => void,
    wanted?: readonly Sample[],
  ): AsyncGenerator<LabelledBatch>;
  /** Has at hand what several passes will want; what was so before is not any more. */
  hold(paths: readonly string[]): Promise<void>;
  /**
   * One that has a ground truth: its path, or its file's bytes, and that truth.
   * @throws when it cannot be read any more
   */
  one(path: string): Promise<{ file: string | Uint8Array; truth: ObjectTruth | undefined }>;
  /** A picture's name in the folder, or in the stream. */
  nameOf(path: string): string;
}

/**
 * The pictures of batches that have a truth.
 * @param truthsOf of each picture of a batch; undefined: nothing is known, or no object
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
      if (truth === undefined) onSkipped(paths[i], 'nothing says where the object is');
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
