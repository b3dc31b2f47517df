/** One training step as one ONNX graph: forward, backward and update. What changes comes in and goes out as its state. */
import { gradients } from '../graph/autodiff.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { expansion, localization, toChannelsFirst } from '../models/densenet-fcn.ts';
import { checkImageSize, type Model } from '../models/model.ts';
import { type MovingUpdate, type ParameterSpec, Scope } from '../models/scope.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import { countCorrect, crossEntropy, l2Penalty, meanSquaredError } from './losses.ts';
import type { Optimizer } from './optimizers.ts';

/** Weights, batch norm's moving statistics, the optimiser's slots and counters, by name. */
export type TrainingState = ReadonlyMap<string, Tensor<'float32'>>;

export interface TrainingStep {
  /**
   * Inputs: `image` float32 `[N, H, W, C]`; `label` int64 `[N]` (half only); the scalars `learning_rate` and `momentum`; the
   * state. Outputs: the scalars `loss` and, for the half model, `correct`; and every entry of the state with `/next` after its name.
   */
  readonly graph: Graph;
  readonly batchSize: number;
  /** The optimiser's rate at the start. */
  readonly learningRate: number;
  /** The model that training starts from. */
  readonly model: Model;
  readonly initialState: TrainingState;
}

export interface StepOptions {
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  /** Height and width of the images. Default: the model's `imSize`. */
  readonly size?: number;
}

export interface HalfStepOptions extends StepOptions {
  /** As in `crossEntropy`. */
  readonly labelSmoothing?: number;
}

/** After the name of a state entry: its value after the step. */
export const nextSuffix = '/next';

/** The half model: cross-entropy plus L2. Every layer learns. */
export function halfStep(model: Model, { labelSmoothing, ...options }: HalfStepOptions): TrainingStep {
  const step = new StepBuilder(model, options);
  const label = step.graph.input('label', 'int64', [options.batchSize]);
  const { logits } = localization(step.trained, toChannelsFirst(step.image), model.classes.length);
  step.graph.output(o.identity(countCorrect(logits, label), 'correct'));
  return step.finish(crossEntropy(logits, label, { labelSmoothing }));
}

/**
 * The full model: mean squared error of the reconstruction, plus L2. The localisation network is frozen, its batch norms
 * in inference mode, so that predictions stay what they were.
 */
export function fullStep(model: Model, options: StepOptions): TrainingStep {
  const step = new StepBuilder(model, options);
  const image = toChannelsFirst(step.image);
  const { reconstruction } = expansion(
    step.trained,
    localization(step.frozen, image, model.classes.length),
    model.channels,
  );
  return step.finish(meanSquaredError(reconstruction, image));
}

class StepBuilder {
  readonly graph: Graph = new Graph();
  readonly image: Value;
  readonly trained: Scope;
  readonly frozen: Scope;
  readonly #model: Model;
  readonly #options: StepOptions;
  readonly #parameters: { readonly spec: ParameterSpec; readonly value: Value }[] = [];
  readonly #state = new Map<string, Tensor<'float32'>>();

  constructor(model: Model, options: StepOptions) {
    const { graph } = this;
    const { batchSize, size = model.imSize } = options;
    checkImageSize(size);
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new Error(`training: the batch size is a whole number >= 1, got ${batchSize}`);
    }
    this.#model = model;
    this.#options = options;
    this.image = graph.input('image', 'float32', [batchSize, size, size, model.channels]);
    const momentum = graph.input('momentum', 'float32', []);
    this.trained = new Scope({ graph, normalization: { momentum }, provide: (spec) => this.#learn(spec) });
    this.frozen = new Scope({
      graph,
      normalization: 'moving',
      provide: (spec) => graph.initializer(spec.name, this.#weight(spec.name)),
    });
  }

  finish(loss: Value): TrainingStep {
    const penalty = l2Penalty(this.#parameters);
    const objective = penalty ? o.add(loss, penalty) : loss;
    this.graph.output(o.identity(objective, 'loss'));
    this.#update(objective);
    for (const update of this.trained.movingUpdates) this.#next(update);
    const { batchSize, optimizer } = this.#options;
    const { learningRate } = optimizer;
    return { graph: this.graph, batchSize, learningRate, model: this.#model, initialState: this.#state };
  }

  #update(objective: Value): void {
    const { optimizer } = this.#options;
    const rate = this.graph.input('learning_rate', 'float32', []);
    const trainable = this.#parameters.filter(({ spec }) => spec.role === 'trainable');
    const slopes = gradients(
      objective,
      trainable.map(({ value }) => value),
    );
    const counterNames = optimizer.counters.map((counter) => `${optimizer.name}/${counter}`);
    const counters = counterNames.map((name) => this.#stateInput(name, tensor('float32', [])));
    const rule = optimizer.begin(rate, counters);
    for (const [k, name] of counterNames.entries()) this.#next({ name, value: rule.counters[k] });
    // All parameters as one vector: a dozen large nodes instead of a dozen for each of a hundred parameters.
    const shapes = trainable.map(({ spec }) => spec.shape);
    const parameter = flatten(trainable.map(({ value }) => value));
    const slotNames = optimizer.slots.map((slot) => `${optimizer.name}/${slot}`);
    const slots = slotNames.map((slot) =>
      this.#stateInput(slot, tensor('float32', [Number(parameter.shape[0])])),
    );
    const after = rule.update(parameter, flatten(slopes), slots);
    for (const [i, value] of unflatten(after.parameter, shapes).entries()) {
      this.#next({ name: trainable[i].spec.name, value });
    }
    for (const [k, name] of slotNames.entries()) this.#next({ name, value: after.slots[k] });
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

  #next({ name, value }: MovingUpdate): void {
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
