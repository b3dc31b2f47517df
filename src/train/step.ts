/** One training step as one ONNX graph: forward, backward and update. What changes comes in and goes out as its state. */
import type { Batch } from '../data/batches/batches.ts';
import { gradients } from '../graph/autodiff.ts';
import { oneHot } from '../graph/composites/one-hot.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { expansion, localization, toChannelsFirst } from '../models/densenet-fcn.ts';
import { checkImageSize, type Model, type Weights } from '../models/model.ts';
import { type ParameterSpec, Scope } from '../models/scope.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import {
  type CrossEntropyOptions,
  countCorrect,
  crossEntropy,
  l2Penalty,
  meanSquaredError,
  pixelCrossEntropy,
  softLabelLoss,
} from './losses.ts';
import type { Optimizer } from './optimizers.ts';

/** Weights, batch norm's moving statistics, the optimiser's slots and counters, by name. */
export type TrainingState = ReadonlyMap<string, Tensor<'float32'>>;

/** What the loop must know of a batch, whatever is in it. */
export type StepBatch = Pick<Batch, 'labels' | 'paths' | 'position'>;

/** @typeParam B the batches that it learns from: pictures, unless it says otherwise */
export interface TrainingStep<B extends StepBatch = Batch> {
  /**
   * Inputs: those of `inputs`; the scalars `learning_rate` and `momentum`; the state. Outputs: the scalars `loss` and, where it
   * classifies, `correct`; and every entry of the state with `/next` after its name.
   */
  readonly graph: Graph;
  readonly batchSize: number;
  /** The optimiser's rate at the start. */
  readonly learningRate: number;
  /** How many classes the labels are of. */
  readonly classes: number;
  /** All weights that training starts from, frozen ones too. */
  readonly weights: Weights;
  readonly initialState: TrainingState;
  /** A batch as inputs of the graph. What a frozen network makes of its pictures is computed here, too. */
  inputs(batch: B): Record<string, Tensor> | Promise<Record<string, Tensor>>;
}

export interface StepOptions {
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  /** Height and width of the images. Default: the model's `imSize`. */
  readonly size?: number;
}

export interface HalfStepOptions extends StepOptions, CrossEntropyOptions {}

/** After the name of a state entry: its value after the step. */
export const nextSuffix = '/next';

/** The half model: cross-entropy plus L2. Every layer learns. Its inputs are those of `pictureInputs`. */
export function halfStep(
  model: Model,
  { labelSmoothing, classWeights, ...options }: HalfStepOptions,
): TrainingStep {
  const step = new StepBuilder(model, options);
  const image = pictureInput(step.graph, model, options);
  const label = step.graph.input('label', 'int64', [options.batchSize]);
  const { logits } = localization(step.trained, toChannelsFirst(image), model.classes.length);
  step.graph.output(o.identity(countCorrect(logits, label), 'correct'));
  const loss = crossEntropy(logits, label, { labelSmoothing, classWeights });
  return { ...step.finish(loss), inputs: pictureInputs };
}

/** What the pixels' cross-entropy weighs beside the soft labels. */
const pixelWeight = 0.05;

/**
 * The full model: what its expansion is taught by, plus L2. That is the mean squared error of the reconstruction or, for a tied one,
 * soft labels of the true class. The localisation network is frozen, its batch norms in inference mode, so that predictions stay what
 * they were. Its inputs are those of `pictureInputs`.
 */
export function fullStep(model: Model, options: StepOptions): TrainingStep {
  const step = new StepBuilder(model, options);
  const image = toChannelsFirst(pictureInput(step.graph, model, options));
  const network = localization(step.frozen, image, model.classes.length);
  const { high, detail, reconstruction } = expansion(step.trained, network, model.channels, model.expansion);
  if (reconstruction) {
    return { ...step.finish(meanSquaredError(reconstruction, image)), inputs: pictureInputs };
  }

  const { batchSize, size = model.imSize } = options;
  const label = step.graph.input('label', 'int64', [batchSize]);
  const given = step.graph.input('soft_label', 'float32', [batchSize, size / 2, size / 2, 1]);
  const soft = o.reshape(given, [batchSize, 1, size / 2, size / 2]);
  // The tie to the image adds a constant, which neither classifies nor localises; that to the cells changes the map.
  const features = model.expansion === 'tied-image' ? detail : high;
  const own = o.matMul(oneHot(label, model.classes.length), o.transpose(network.weights, [1, 0]));
  const maps = o.reduceSum(o.mul(o.reshape(own, [batchSize, -1, 1, 1]), features), [1]);
  const placed = softLabelLoss(maps, o.reshape(o.upsampleNearest(soft, 2), [batchSize, size, size]));
  const classed = pixelCrossEntropy(
    o.averagePool(features, 2),
    network.weights,
    label,
    o.reshape(given, [batchSize, size / 2, size / 2]),
  );
  const loss = o.add(placed, o.mul(classed, step.graph.scalar(pixelWeight)));
  return { ...step.finish(loss), inputs: pictureInputs };
}

/** The input `image`, float32 `[N, H, W, C]`. */
function pictureInput(graph: Graph, model: Model, { batchSize, size = model.imSize }: StepOptions): Value {
  checkImageSize(size);
  return graph.input('image', 'float32', [batchSize, size, size, model.channels]);
}

/**
 * The inputs of a step that learns from pictures: `image` float32 `[N, H, W, C]`; `label` int64 `[N]`; and, where there are any,
 * `soft_label` float32 `[N, ceil(H/2), ceil(W/2), 1]`. A step that needs no labels leaves them aside.
 */
export function pictureInputs({ images, labels, softLabels }: Batch): Record<string, Tensor> {
  return { image: images, label: labelInput(labels), ...(softLabels && { soft_label: softLabels }) };
}

/** The labels of a batch as an input, int64 `[N]`. */
export function labelInput(labels: Int32Array): Tensor<'int64'> {
  return tensor('int64', [labels.length], Array.from(labels));
}

interface Parameter {
  readonly spec: ParameterSpec;
  readonly value: Value;
}

/** A model, as far as a step needs it. */
export interface StepModel {
  readonly classes: readonly string[];
  readonly weights: Weights;
}

/** A step in the making: parameters are asked for, and `finish` adds the optimiser. */
export class StepBuilder {
  readonly graph: Graph = new Graph();
  readonly momentum: Value;
  readonly trained: Scope;
  readonly frozen: Scope;
  readonly #model: StepModel;
  readonly #options: StepOptions;
  readonly #parameters: Parameter[] = [];
  readonly #state = new Map<string, Tensor<'float32'>>();

  constructor(model: StepModel, options: StepOptions) {
    const { graph } = this;
    const { batchSize } = options;
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new Error(`training: the batch size is a whole number >= 1, got ${batchSize}`);
    }
    this.#model = model;
    this.#options = options;
    this.momentum = graph.input('momentum', 'float32', []);
    this.trained = new Scope({ graph, normalization: 'batch', provide: (spec) => this.#learn(spec) });
    this.frozen = new Scope({
      graph,
      normalization: 'moving',
      provide: (spec) => graph.initializer(spec.name, this.#weight(spec.name)),
    });
  }

  /** @param loss a scalar, without L2 */
  finish(loss: Value): Omit<TrainingStep, 'inputs'> {
    this.#update(loss);
    if (this.trained.movingUpdates.length > 0) this.#updateMoving();
    const { classes, weights } = this.#model;
    const {
      batchSize,
      optimizer: { learningRate },
    } = this.#options;
    const { graph } = this;
    return {
      graph,
      batchSize,
      learningRate,
      classes: classes.length,
      weights,
      initialState: this.#state,
    };
  }

  /** The optimiser's step, for all parameters as one vector: a dozen large nodes instead of a dozen for each of a hundred. */
  #update(loss: Value): void {
    const { optimizer } = this.#options;
    const rate = this.graph.input('learning_rate', 'float32', []);
    const trainable = this.#parameters.filter(({ spec }) => spec.role === 'trainable');
    // What is under L2 comes first.
    const sorted = trainable.toSorted((a, b) => Number(b.spec.l2 > 0) - Number(a.spec.l2 > 0));
    const values = sorted.map(({ value }) => value);
    const parameter = flatten(values);
    const gradient = this.#regularize(loss, parameter, sorted, flatten(gradients(loss, values)));

    const counterNames = optimizer.counters.map((counter) => `${optimizer.name}/${counter}`);
    const counters = counterNames.map((name) => this.#stateInput(name, tensor('float32', [])));
    const rule = optimizer.begin(rate, counters);
    for (const [k, name] of counterNames.entries()) this.#next(name, rule.counters[k]);
    const slotNames = optimizer.slots.map((slot) => `${optimizer.name}/${slot}`);
    const slots = slotNames.map((slot) =>
      this.#stateInput(slot, tensor('float32', parameter.shape as readonly number[])),
    );
    const after = rule.update(parameter, gradient, slots);
    for (const [k, name] of slotNames.entries()) this.#next(name, after.slots[k]);
    const parts = unflatten(
      after.parameter,
      sorted.map(({ spec }) => spec.shape),
    );
    for (const [i, { spec }] of sorted.entries()) this.#next(spec.name, parts[i]);
  }

  /** Adds the L2 penalty to the loss, which goes out, and its gradient to that of the loss. */
  #regularize(loss: Value, parameter: Value, sorted: readonly Parameter[], gradient: Value): Value {
    const decayed = sorted.filter(({ spec }) => spec.l2 > 0);
    const rates = new Set(decayed.map(({ spec }) => spec.l2));
    if (rates.size > 1)
      throw new Error(`internal: one L2 rate for all parameters is needed, got ${[...rates]}`);
    const count = decayed.reduce((sum, { spec }) => sum + sizeOf(spec.shape), 0);
    const l2 = count === 0 ? undefined : l2Penalty(o.slice(parameter, 0, 0, count), [...rates][0]);
    this.graph.output(o.identity(l2 ? o.add(loss, l2.penalty) : loss, 'loss'));
    return l2 ? o.add(gradient, o.pad(l2.gradient, [0], [Number(parameter.shape[0]) - count])) : gradient;
  }

  /** Moving statistics follow those of the batch: `batch + momentum (moving - batch)`. */
  #updateMoving(): void {
    const { momentum, trained } = this;
    const updates = trained.movingUpdates;
    const batch = flatten(updates.map((update) => update.batch));
    const moving = flatten(updates.map((update) => update.moving));
    const next = o.add(batch, o.mul(momentum, o.sub(moving, batch)));
    const parts = unflatten(
      next,
      updates.map((update) => update.moving.shape as readonly number[]),
    );
    for (const [
      i,
      {
        moving: { name },
      },
    ] of updates.entries())
      this.#next(name, parts[i]);
  }

  #learn(spec: ParameterSpec): Value {
    const value = this.#stateInput(spec.name, this.#weight(spec.name));
    this.#parameters.push({ spec, value });
    return value;
  }

  #stateInput(name: string, initial: Tensor<'float32'>): Value {
    this.#state.set(name, initial);
    return this.graph.input(name, 'float32', initial.shape);
  }

  #next(name: string, value: Value): void {
    this.graph.output(o.identity(value, `${name}${nextSuffix}`));
  }

  #weight(name: string): Tensor<'float32'> {
    const weight = this.#model.weights.get(name);
    if (!weight) throw new Error(`internal: training needs the weight '${name}'`);
    return weight;
  }
}

/** The elements of several values, one after the other: `[P]`. */
function flatten(values: readonly Value[]): Value {
  return o.concat(
    values.map((value) => o.reshape(value, [-1])),
    0,
  );
}

function unflatten(vector: Value, shapes: readonly (readonly number[])[]): Value[] {
  let start = 0;
  return shapes.map((shape) => {
    const end = start + sizeOf(shape);
    const part = o.reshape(o.slice(vector, 0, start, end), shape);
    start = end;
    return part;
  });
}
