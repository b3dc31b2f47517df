/** The features of pictures from a classifier's frozen body, computed once for all epochs. */
import { setImmediate } from 'node:timers/promises';
import type { ImportedClassifier } from '../../classifier/imported-classifier.ts';
import { featureCount, featureModel, featuresName } from '../../classifier/taught-head.ts';
import type { Batch } from '../../data/batches/batches.ts';
import type { Sample } from '../../data/dataset/image-folder.ts';
import { toImages } from '../../data/picture/unit-range.ts';
import { createSession } from '../../runtime/node.ts';
import { openBatched } from '../../runtime/open-batched.ts';
import type { Device, Session } from '../../runtime/session.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { FeatureBatch } from '../../train/head-step.ts';

/** Number of pictures whose features are computed together. */
export const featuresAtOnce = 16;

/** Features of pictures, one row for each. */
export class FeatureTable {
  /** Features of a picture, K. */
  readonly width: number;
  readonly #rows: Float32Array[] = [];
  readonly #labels: number[] = [];
  readonly #paths: string[] = [];

  constructor(width: number) {
    this.width = width;
  }

  get length(): number {
    return this.#rows.length;
  }

  add(features: Tensor<'float32'>, { labels, paths }: Batch): void {
    for (const [i, path] of paths.entries()) {
      this.addRow(features.data.slice(i * this.width, (i + 1) * this.width), { path, label: labels[i] });
    }
  }

  /** Adds a row without copying it. */
  addRow(row: Float32Array, { label, path }: Sample): void {
    this.#rows.push(row);
    this.#labels.push(label);
    this.#paths.push(path);
  }

  /** The row of each picture, by its file. */
  byPath(): ReadonlyMap<string, Float32Array> {
    return new Map(this.#paths.map((path, i) => [path, this.#rows[i]]));
  }

  /**
   * Batches of rows in the given order.
   * @param from the first position in the order
   * @param dropLast whether to omit the last batch when it is not full
   */
  *batches(order: readonly number[], batchSize: number, from = 0, dropLast = false): Generator<FeatureBatch> {
    for (let at = from; at < order.length; at += batchSize) {
      const chosen = order.slice(at, at + batchSize);
      if (dropLast && chosen.length < batchSize) return;
      const features = tensor('float32', [chosen.length, this.width]);
      for (const [i, row] of chosen.entries()) features.data.set(this.#rows[row], i * this.width);
      yield {
        features,
        labels: Int32Array.from(chosen, (row) => this.#labels[row]),
        paths: chosen.map((row) => this.#paths[row]),
        position: at + chosen.length,
      };
    }
  }

  /** Mean and scale of each feature: see `Standard`. */
  standard(): Standard {
    const { width, length } = this;
    const [sums, squares] = [new Float64Array(width), new Float64Array(width)];
    for (const row of this.#rows) for (let k = 0; k < width; k++) sums[k] += row[k];
    const mean = sums.map((sum) => sum / length);
    for (const row of this.#rows) for (let k = 0; k < width; k++) squares[k] += (row[k] - mean[k]) ** 2;
    const variance = squares.map((sum) => sum / length);
    const usual = variance.reduce((sum, value) => sum + value, 0) / width;
    const floor = leastScale ** 2 * usual || 1;
    return { mean, scale: variance.map((value) => Math.sqrt(value + floor)) };
  }

  /** Standardises all rows in place. */
  standardise({ mean, scale }: Standard): void {
    for (const row of this.#rows) for (let k = 0; k < this.width; k++) row[k] = (row[k] - mean[k]) / scale[k];
  }
}

/**
 * Standardised features are (x - mean) / scale for each feature. The scale is the standard deviation, but at
 * least a tenth of its usual size: otherwise a nearly constant feature would be huge where it does vary.
 */
export interface Standard {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

const leastScale = 0.1;

/** The body of a classifier, ready to compute. */
export class Body {
  readonly #session: Session;
  readonly #width: number;

  private constructor(session: Session, width: number) {
    this.#session = session;
    this.#width = width;
  }

  static async open(classifier: ImportedClassifier, device: Device): Promise<Body> {
    const { batch } = classifier.imported;
    const session = await openBatched(featureModel(classifier), batch, createSession, {
      device,
      purpose: 'in turn', // decoding takes the processor, too
    });
    return new Body(session, featureCount(classifier));
  }

  /** Features of a picture. */
  get width(): number {
    return this.#width;
  }

  /**
   * @param onImages called with the number of images done
   * @returns undefined when the signal has arrived
   */
  async features(
    batches: AsyncIterable<Batch>,
    onImages: (done: number) => void,
    signal: AbortSignal,
  ): Promise<FeatureTable | undefined> {
    const table = new FeatureTable(this.#width);
    for await (const batch of batches) {
      const result = await this.#session.run({ image: toImages(batch.pictures) }, [featuresName]);
      table.add(result[featuresName] as Tensor<'float32'>, batch);
      onImages(table.length);
      await setImmediate(); // signals are handled between batches
      if (signal.aborted) return undefined;
    }
    return table;
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}
