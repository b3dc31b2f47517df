import type { Batch } from '../data/batches/batches.ts';
import { type ClassGroups, groupProbabilities } from '../data/dataset/class-groups.ts';
import { toImages } from '../data/picture/unit-range.ts';
import { argMax } from '../tensor/arg-max.ts';
import { itemAt } from '../tensor/batch.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import type { CamModel } from './cam-model.ts';

export interface Classified {
  readonly paths: readonly string[];
  readonly labels: readonly number[];
  /** The most probable class, or group, of each image; of equal ones, the first. */
  readonly predictions: readonly number[];
  /** `[images, M]`, row by row; M classes or groups. */
  readonly probabilities: Float32Array;
  /** Cross-entropy: the mean of -ln p[label]. */
  readonly loss: number;
}

/**
 * Predicts all images of a split.
 * @param onBatch called with the number of images done
 */
export async function classify(
  model: CamModel,
  batches: AsyncIterable<Batch>,
  onBatch?: (done: number) => void,
): Promise<Classified> {
  return (await classifyWithEach([model], batches, onBatch))[0];
}

/**
 * `classify` with several models of the same classes: every batch is read once, and given to each model.
 * @param groups labels and results are groups; the probability of a group is that of its most probable class.
 * Default: classes
 */
export async function classifyWithEach(
  models: readonly CamModel[],
  batches: AsyncIterable<Batch>,
  onBatch?: (done: number) => void,
  groups?: ClassGroups,
): Promise<Classified[]> {
  const paths: string[] = [];
  const labels: number[] = [];
  const rows: Float32Array[][] = models.map(() => []);
  for await (const batch of batches) {
    const images = toImages(batch.pictures);
    for (const [i, model] of models.entries()) {
      const probabilities = await model.predict(images);
      rows[i].push(groups ? grouped(probabilities, groups) : probabilities.data);
    }
    paths.push(...batch.paths);
    labels.push(...batch.labels);
    onBatch?.(paths.length);
  }
  if (paths.length === 0) throw new Error('classify: there are no images');
  return models.map((model, i) => judge(paths, labels, rows[i], groups?.length ?? model.classes.length));
}

/** Probabilities of classes `[N, classes]` as those of groups `[N, groups]`. */
function grouped(probabilities: Tensor<'float32'>, groups: ClassGroups): Float32Array {
  const rows = Array.from({ length: probabilities.shape[0] }, (_, i) => itemAt(probabilities, i).data);
  return Float32Array.from(rows.flatMap((row) => groupProbabilities(row, groups)));
}

function judge(
  paths: readonly string[],
  labels: readonly number[],
  rows: readonly Float32Array[],
  m: number,
): Classified {
  const wrong = labels.findIndex((label) => !(label >= 0 && label < m));
  if (wrong >= 0) throw new Error(`classify: labels are 0 to ${m - 1}, ${paths[wrong]} has ${labels[wrong]}`);
  const probabilities = new Float32Array(sizeOf([paths.length, m]));
  rows.reduce((at, row) => {
    probabilities.set(row, at);
    return at + row.length;
  }, 0);
  const row = (i: number): Float32Array => probabilities.subarray(i * m, (i + 1) * m);
  const loss =
    labels.reduce((sum, label, i) => sum - Math.log(Math.max(row(i)[label], 1e-12)), 0) / labels.length;
  const predictions = labels.map((_, i) => argMax(row(i)));
  return { paths, labels, predictions, probabilities, loss };
}
