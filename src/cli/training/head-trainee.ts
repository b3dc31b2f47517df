/** Trains a linear head on the frozen body of an imported classifier. */
import { encodeImported, type ImportedClassifier } from '../../classifier/imported-classifier.ts';
import { featureCount, withHead } from '../../classifier/taught-head.ts';
import { encodeOnnx } from '../../graph/onnx/proto.ts';
import { transferWeights, type Weights } from '../../models/model.ts';
import { createSession } from '../../runtime/node.ts';
import type { Session } from '../../runtime/session.ts';
import { itemsBetween } from '../../tensor/batch.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { TrainingStep } from '../../train/build-step.ts';
import { epochRandom } from '../../train/epoch-random.ts';
import {
  type FeatureBatch,
  headInputs,
  headJudge,
  headNames,
  headStep,
  newHead,
} from '../../train/head-step.ts';
import type { TrainingState } from '../../train/state-layout.ts';
import type { Emit } from './events.ts';
import { Body, type FeatureTable, featuresAtOnce, type Standard } from './features.ts';
import type { RunImages } from './images.ts';
import { optimizerOf, type RunOptions } from './run-options.ts';
import { sharedFeatures } from './shared-features.ts';
import type { Trainee } from './trainee.ts';

/** Number of rows evaluated together. */
const judgedAtOnce = 4096;

/** What exists once the features are computed. */
interface Prepared {
  readonly train: FeatureTable;
  readonly validation?: FeatureTable;
  readonly standard: Standard;
  readonly judge: Session;
}

export interface HeadSource {
  readonly backbone: ImportedClassifier;
  /** The names of the head's classes, by index. */
  readonly classes: readonly string[];
  /** The weights of a checkpoint; default: zeros. */
  readonly weights?: TrainingState;
  /** Weights in the loss, by class; default: 1 for each. */
  readonly classWeights?: readonly number[];
}

export class HeadTrainee implements Trainee<FeatureBatch> {
  readonly parameters: number;
  readonly freshStatistics = false;
  readonly goal = 'loss';
  readonly quick = true;
  readonly validate?: Trainee['validate'];
  readonly #options: RunOptions;
  readonly #images: RunImages;
  readonly #backbone: ImportedClassifier;
  readonly #classes: readonly string[];
  readonly #classWeights?: readonly number[];
  readonly #weights: Weights;
  #made: Prepared | undefined;

  constructor(
    options: RunOptions,
    { backbone, classes, weights, classWeights }: HeadSource,
    images: RunImages,
  ) {
    const [k, m] = [featureCount(backbone), classes.length];
    this.#options = options;
    this.#images = images;
    this.#backbone = backbone;
    this.#classes = classes;
    this.#classWeights = classWeights;
    this.#weights = transferWeights(weights ?? new Map(), newHead(k, m));
    this.parameters = k * m + m;
    if (images.validated > 0) this.validate = (found) => this.#judge(found);
  }

  async prepare(emit: Emit, signal: AbortSignal): Promise<boolean> {
    const images = this.#images;
    const all = images.trained + images.validated;
    const told =
      (before: number) =>
      (done: number): void =>
        emit({ event: 'features', done: before + done, images: all });
    told(0)(0);
    const body = await Body.open(this.#backbone, this.#options.device);
    try {
      const { crew, readable, readableToValidate } = images;
      const own = await body.features(images.plain(featuresAtOnce), told(0), signal);
      const train = crew ? await sharedFeatures(crew, readable, body.width, own) : own;
      if (!train) return false;
      const heldOut = images.validation(featuresAtOnce);
      const ownHeldOut =
        images.validated > 0 ? await body.features(heldOut, told(train.length), signal) : undefined;
      const shares = crew && images.validated > 0;
      const validation = shares
        ? await sharedFeatures(crew, readableToValidate, body.width, ownHeldOut)
        : ownHeldOut;
      if (crew ? shares && !validation : signal.aborted) return false;
      const standard = train.standard();
      for (const table of [train, validation]) table?.standardise(standard);
      const graph = headJudge(train.width, this.#classes.length);
      const judge = await createSession(encodeOnnx(graph), { purpose: 'in turn' });
      this.#made = { train, validation, standard, judge };
      return true;
    } finally {
      await body.release();
    }
  }

  step(): TrainingStep<FeatureBatch> {
    const { l2, labelSmoothing } = this.#options;
    const batchSize = this.#batchSize / this.#ranks;
    const model = { classes: this.#classes, weights: this.#weights };
    const optimizer = optimizerOf(this.#options);
    const classWeights = this.#classWeights;
    const { device } = this.#options;
    const twoGraphs = this.#images.crew !== undefined;
    return headStep(model, { batchSize, optimizer, device, twoGraphs, l2, labelSmoothing, classWeights });
  }

  async *batches(epoch: number, position: number): AsyncGenerator<FeatureBatch, void> {
    const { train } = this.#prepared;
    const order = epochRandom(this.#options.seed, 'order', epoch).shuffle([...Array(train.length).keys()]);
    for (const batch of train.batches(order, this.#batchSize, position, true)) yield this.#shareOf(batch);
  }

  /** A rank's part of a batch. */
  #shareOf(batch: FeatureBatch): FeatureBatch {
    const { crew } = this.#images;
    if (!crew) return batch;
    const { features, labels, paths, position } = batch;
    const own = labels.length / crew.size;
    const [from, to] = [crew.ranks.rank * own, (crew.ranks.rank + 1) * own];
    return {
      features: itemsBetween(features, from, to),
      labels: labels.slice(from, to),
      paths: paths.slice(from, to),
      position,
    };
  }

  async encode(weights: Weights, training: Record<string, unknown>): Promise<Uint8Array> {
    const head = unstandardised(weights, this.#prepared.standard);
    const taught = await withHead(this.#backbone, { classes: this.#classes, ...head, training });
    return encodeImported(taught, createSession);
  }

  async release(): Promise<void> {
    await this.#made?.judge.release();
  }

  /** Smaller than requested when too few pictures are readable to fill a batch. */
  get #batchSize(): number {
    const most = Math.min(this.#images.batchSize, this.#prepared.train.length);
    return most - (most % this.#ranks);
  }

  get #ranks(): number {
    return this.#images.crew?.size ?? 1;
  }

  get #prepared(): Prepared {
    if (!this.#made) throw new Error('internal: the features are not computed yet');
    return this.#made;
  }

  async #judge(weights: Weights): Promise<{ loss: number; accuracy: number }> {
    const { validation, judge } = this.#prepared;
    if (!validation) throw new Error('internal: there is no validation');
    const given = Object.fromEntries([...weights]);
    const sums = { loss: 0, correct: 0 };
    for (const batch of validation.batches([...Array(validation.length).keys()], judgedAtOnce)) {
      const { loss, correct } = await judge.run({ ...headInputs(batch), ...given });
      sums.loss += batch.labels.length * Number(loss.data[0]);
      sums.correct += Number(correct.data[0]);
    }
    return { loss: sums.loss / validation.length, accuracy: sums.correct / validation.length };
  }
}

/**
 * Converts the head to unstandardised features: W' (x - mean) / scale + b = (W / scale)' x + b - (W / scale)'
 * mean.
 */
function unstandardised(
  weights: Weights,
  { mean, scale }: Standard,
): { weights: Tensor<'float32'>; bias: Tensor<'float32'> } {
  const given = weights.get(headNames.weights) as Tensor<'float32'>;
  const bias = Float64Array.from((weights.get(headNames.bias) as Tensor<'float32'>).data);
  const [k, m] = given.shape;
  const out = tensor('float32', [k, m]);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < m; j++) {
      const weight = given.data[i * m + j] / scale[i];
      out.data[i * m + j] = weight;
      bias[j] -= weight * mean[i];
    }
  }
  return { weights: out, bias: tensor('float32', [m], Float32Array.from(bias)) };
}
