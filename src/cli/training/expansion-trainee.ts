/** Trains an expansion of an imported classifier. */

import { Expander } from '../../classifier/expander.ts';
import {
  type ClassifierExpansion,
  newExpansion,
  parameterCount,
  valuesOf,
} from '../../classifier/expansion.ts';
import { type ClassifierLayer, layerNamed } from '../../classifier/facts.ts';
import { encodeImported, type ImportedClassifier } from '../../classifier/imported-classifier.ts';
import { stageLayersOf } from '../../classifier/stage-layers.ts';
import type { ShuffledPosition } from '../../data/streams/shuffled-stream.ts';
import { transferWeights, type Weights } from '../../models/model.ts';
import { transportGrid } from '../../models/transport.ts';
import { createSession } from '../../runtime/node.ts';
import { random } from '../../tensor/random.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { count } from '../../text/count.ts';
import type { StepOptions, TrainingStep } from '../../train/build-step.ts';
import { epochRandom } from '../../train/epoch-random.ts';
import type { TrainingState } from '../../train/state-layout.ts';
import { type MapsShape, stageInput, transportStep } from '../../train/transport-step.ts';
import { type Canvases, canvasesOf, slots } from './canvases.ts';
import type { Emit } from './events.ts';
import { FrozenClassifier } from './frozen-classifier.ts';
import type { RunImages } from './images.ts';
import { type ClassesToTeach, type ObjectLabels, objectLabels } from './object-labels.ts';
import { optimizerOf, type RunOptions } from './run-options.ts';
import { sharedObjectLabels } from './shared-labels.ts';
import type { Trainee } from './trainee.ts';

export interface ExpansionSource {
  readonly classifier: ImportedClassifier;
  /** The classes of each picture, by its file; 'predicted': the class that the classifier predicts. */
  readonly teach: ClassesToTeach;
  /** The weights of a checkpoint; default: new ones. */
  readonly weights?: TrainingState;
}

export class ExpansionTrainee implements Trainee<Canvases> {
  readonly parameters: number;
  readonly freshStatistics: boolean;
  readonly goal = 'loss';
  readonly quick = false;
  readonly #options: RunOptions;
  readonly #images: RunImages;
  readonly #source: ExpansionSource;
  readonly #expansion: ClassifierExpansion;
  #classes: ReadonlyMap<string, number> = new Map();
  #frozen: FrozenClassifier | undefined;

  constructor(options: RunOptions, source: ExpansionSource, images: RunImages) {
    const { classifier, weights = new Map() } = source;
    this.#options = options;
    this.#images = images;
    this.#source = source;
    this.freshStatistics = classifier.expansion === undefined;
    this.#expansion = startExpansion(classifier, weights, options.seed);
    this.parameters = parameterCount(this.#expansion.weights);
  }

  async prepare(emit: Emit, signal: AbortSignal): Promise<boolean> {
    const { device } = this.#options;
    const { classifier } = this.#source;
    const images = this.#images;
    const told = (done: number): void => emit({ event: 'teaching', done, images: images.trained });
    told(0);
    const frozen = await FrozenClassifier.open(classifier, valuesOf(this.#expansion), device);
    this.#frozen = frozen;
    const found = await this.#labels(frozen, told, signal);
    if (!found) return false;
    if (classifier.imported.activation === 'sigmoid' && found.denied > 0) {
      const pictures = count(found.denied, 'picture');
      emit({
        event: 'warning',
        message: `no class reaches 50 % in ${pictures}: the most probable class is taught instead`,
      });
    }
    images.teach(found.labels);
    this.#classes = found.classes;
    return true;
  }

  step(): TrainingStep<Canvases> {
    const { ownBatchSize: batchSize, crew } = this.#images;
    const optimizer = optimizerOf(this.#options);
    const { device } = this.#options;
    const options = { batchSize, optimizer, device, twoGraphs: crew !== undefined };
    const step = expansionStep(this.#source.classifier, this.#expansion, options);
    return { ...step, inputs: (batch) => this.#inputs(batch) };
  }

  async *batches(epoch: number, position: number, place?: ShuffledPosition): AsyncGenerator<Canvases, void> {
    const { seed } = this.#options;
    const classOf = (path: string): number => this.#classes.get(path) as number;
    for await (const batch of this.#images.training(epoch, position, place)) {
      // Each batch has its own random numbers, so a run can resume at any batch. So does each rank, for its
      // own collages.
      const rank = this.#images.crew?.ranks.rank ?? 0;
      const draw = random(epochRandom(seed, 'collages', epoch).integer(2 ** 31) + batch.position - rank);
      yield canvasesOf(batch, classOf, draw);
    }
  }

  encode(weights: Weights, training: Record<string, unknown>): Promise<Uint8Array> {
    const { classifier } = this.#source;
    const { stages } = this.#expansion;
    const full: ImportedClassifier = {
      ...classifier,
      type: 'full',
      expansion: { stages, weights },
      training,
    };
    return encodeImported(full, createSession);
  }

  async release(): Promise<void> {
    await this.#frozen?.release();
  }

  /** Uses the maps of the classifier's existing expansion, if it has one: training then refines it. */
  async #labels(
    frozen: FrozenClassifier,
    told: (done: number) => void,
    signal: AbortSignal,
  ): Promise<ObjectLabels | undefined> {
    const { classifier, teach } = this.#source;
    const { expansion } = classifier;
    const expander =
      expansion && new Expander({ ...classifier, expansion }, createSession, this.#options.device);
    try {
      const own = await objectLabels({ frozen, expander, images: this.#images, teach }, told, signal);
      const { crew, readable } = this.#images;
      if (!crew) return own;
      const { imSize } = classifier;
      return await sharedObjectLabels(crew, readable, transportGrid([imSize, imSize])[0], own);
    } finally {
      await expander?.release();
    }
  }

  async #inputs({ images, classes, soft, weight }: Canvases): Promise<Record<string, Tensor>> {
    const frozen = this.#frozen;
    if (!frozen) throw new Error('internal: the classifier is not opened yet');
    const seen = await frozen.look(images);
    const { features } = seen;
    const { target } = this.#source.classifier.imported.layers;
    const { stages } = this.#expansion;
    return {
      image: images,
      cells: features.get(target) as Tensor,
      ...Object.fromEntries(
        stages.map(({ stage, layer }) => [stageInput(stage), features.get(layer) as Tensor]),
      ),
      evidence: await frozen.evidence(images, seen, classes, slots),
      soft_label: soft,
      weight,
    };
  }
}

/** The training step of an expansion of a classifier, at its own input size. */
export function expansionStep(
  { classes, imported, imSize: size, channels }: ImportedClassifier,
  { stages, weights }: ClassifierExpansion,
  options: Pick<StepOptions, 'batchSize' | 'optimizer' | 'device' | 'twoGraphs'>,
): Omit<TrainingStep, 'inputs'> {
  const shapeOf = (name: string): MapsShape => mapsShape(layerNamed(imported, name));
  const shapes = {
    cells: shapeOf(imported.layers.target),
    stages: new Map(stages.map(({ stage, layer }) => [stage, shapeOf(layer)])),
  };
  return transportStep({ classes, weights }, { ...options, ...shapes, size, channels, slots });
}

/**
 * The classifier's own expansion, else a new one.
 * @param weights of a checkpoint; they take precedence
 */
export function startExpansion(
  classifier: ImportedClassifier,
  weights: TrainingState,
  seed: number,
): ClassifierExpansion {
  // Weights belong to the layers that they were trained with.
  const stages = classifier.expansion?.stages ?? stageLayersOf(classifier);
  const fresh = newExpansion(classifier, stages, random(seed)).weights;
  const before = transferWeights(classifier.expansion?.weights ?? new Map(), fresh);
  return { stages, weights: transferWeights(weights, before) };
}

function mapsShape({ channels, height, width }: ClassifierLayer): MapsShape {
  return [channels, height, width];
}
