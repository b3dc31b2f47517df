/**
 * One training step as one ONNX graph: forward pass, backward pass and update. The state of the training is
 * among its inputs and outputs.
 */
import type { Batch } from '../data/batches/batches.ts';
import { gradients } from '../graph/autodiff.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import type { Weights } from '../models/model.ts';
import { type MovingUpdate, type ParameterSpec, Scope } from '../models/scope.ts';
import type { Device } from '../runtime/session.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import { l2Penalty } from './losses.ts';
import type { Optimizer } from './optimizers.ts';
import { decayedFirst, ParameterVector, shapeInside } from './parameter-vector.ts';
import { nextSuffix, StateLayout, type TrainingState, vectorNames } from './state-layout.ts';

/** The fields of a batch that the loop reads, whatever the batch contains. */
export type StepBatch = Pick<Batch, 'labels' | 'paths' | 'position' | 'place'>;

/** What a training step computes. @typeParam B the batches that it learns from. Default: pictures. */
export interface TrainingStep<B extends StepBatch = Batch> {
  /**
   * Inputs: those of `inputs`; the scalars `learning_rate` and `momentum`; the vectors of `state`. Outputs:
   * the scalars `loss` and, for a classifier, `correct`; every vector of the state with `/next` after its
   * name.
   *
   * In a step of two graphs this is the first, the network. Inputs: those of `inputs` and the vector
   * `parameters`. Outputs: `loss`, without L2; `correct`; the vectors of `handoverNames`.
   */
  readonly graph: Graph;
  /**
   * In a step of two graphs the second, the optimiser, which reads no pictures. Inputs: `handoverNames`,
   * averaged over all ranks; the scalars and the state. Outputs: every vector of the state with `/next` after
   * its name and, with L2, the scalar `penalty`, the penalty's part of the loss.
   */
  readonly update?: Graph;
  /** The device that the graph is built for. The results are the same on each, up to rounding. */
  readonly device: Device;
  readonly batchSize: number;
  /** The optimiser's learning rate at the start. */
  readonly learningRate: number;
  /** Number of classes; labels are 0 to `classes - 1`. */
  readonly classes: number;
  /** All weights that training starts from, frozen ones too. */
  readonly weights: Weights;
  readonly initialState: TrainingState;
  /** How the state is laid out in the inputs and outputs. */
  readonly state: StateLayout;
  /** A batch as inputs of the graph. The features of a frozen network are computed here, too. */
  inputs(batch: B): Record<string, Tensor> | Promise<Record<string, Tensor>>;
}

/** Options that all training steps have. */
export interface StepOptions {
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  /** Height and width of the images. Default: the model's `imSize`. */
  readonly size?: number;
  /**
   * How images and soft labels are fed: as bytes, 0 to 255, which is a quarter of the data to copy to a GPU,
   * or as float32 in [0, 1]. The results are the same. Default: 'uint8'.
   */
  readonly imageType?: 'uint8' | 'float32';
  /** Default 'cpu'. */
  readonly device?: Device;
  /**
   * Whether network and optimiser are two graphs, so that gradients can be averaged over ranks in between.
   * Default false.
   */
  readonly twoGraphs?: boolean;
}

/**
 * Names of the vectors that the network's graph gives to the optimiser's: the gradient of the loss, and the
 * statistics of batch norms.
 */
export const handoverNames = { gradient: 'gradient', statistics: 'statistics' } as const;

/** Name of the L2 penalty's part of the loss. */
export const penaltyName = 'penalty';

/** The fields of a model that a step uses. */
export interface StepModel {
  readonly classes: readonly string[];
  readonly weights: Weights;
}

/** The scopes that a network's layers are built in. */
export interface StepParts {
  readonly graph: Graph;
  /** For layers that are trained. */
  readonly trained: Scope;
  /** For frozen layers: their batch norms use the moving statistics. */
  readonly frozen: Scope;
}

/**
 * Builds a training step from a loss: adds L2, the backward pass and the optimiser.
 * @param loss builds the network and returns its loss, a scalar without L2. It is called twice: once to list
 * the parameters, and once to build the graph.
 */
export function buildStep(
  model: StepModel,
  options: StepOptions,
  loss: (parts: StepParts) => Value,
): Omit<TrainingStep, 'inputs'> {
  const { batchSize, optimizer, device = 'cpu', twoGraphs = false } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new Error(`training: the batch size must be a whole number >= 1, got ${batchSize}`);
  }
  const weight = (name: string): Tensor<'float32'> => {
    const found = model.weights.get(name);
    if (!found) throw new Error(`internal: training needs the weight '${name}'`);
    return found;
  };
  const partsOf = (graph: Graph, provide: (spec: ParameterSpec) => Value): StepParts => ({
    graph,
    trained: new Scope({ graph, provide, normalization: device === 'cpu' ? 'batch' : 'standardized' }),
    frozen: new Scope({
      graph,
      normalization: 'moving',
      provide: (spec) => graph.initializer(spec.name, weight(spec.name)),
    }),
  });

  const sketch = new Graph();
  const sketched = partsOf(sketch, (spec) => sketch.input(spec.name, 'float32', shapeInside(spec)));
  loss(sketched);
  const trainable = sketched.trained.parameters.filter(({ role }) => role === 'trainable');
  const parameters = new ParameterVector(trainable);

  const graph = new Graph();
  const update = twoGraphs ? new Graph() : graph;
  const momentum = update.input('momentum', 'float32', []);
  const rate = update.input('learning_rate', 'float32', []);
  const handOver = (name: string, value: Value): Value => {
    if (!twoGraphs) return value;
    graph.output(o.identity(value, name));
    return update.input(name, 'float32', value.shape);
  };
  const vector = graph.input(vectorNames.parameters, 'float32', [parameters.length]);
  const values = parameters.split(vector);
  const parts = partsOf(graph, ({ name }) => values.get(name) as Value);
  const own = loss(parts);

  const found = gradients(own, [...values.values()]);
  const ofLoss = parameters.joined(new Map([...values.keys()].map((name, i) => [name, found[i]])));
  const before = twoGraphs ? update.input(vectorNames.parameters, 'float32', vector.shape) : vector;
  const { penalty, gradient } = withL2(handOver(handoverNames.gradient, ofLoss), before, parameters);
  if (twoGraphs && penalty) update.output(o.identity(penalty, penaltyName));
  graph.output(o.identity(penalty && !twoGraphs ? o.add(own, penalty) : own, 'loss'));
  const next = (name: string, value: Value): void => update.output(o.identity(value, name + nextSuffix));
  const counters = optimizer.counters.map((name) => `${optimizer.name}/${name}`);
  const slots = optimizer.slots.map((name) => `${optimizer.name}/${name}`);
  const rule = optimizer.begin(
    rate,
    counters.map((name) => update.input(name, 'float32', [])),
  );
  for (const [k, name] of counters.entries()) next(name, rule.counters[k]);
  const after = rule.update(
    before,
    gradient,
    slots.map((name) => update.input(name, 'float32', vector.shape)),
  );
  for (const [k, name] of slots.entries()) next(name, after.slots[k]);
  next(vectorNames.parameters, after.parameter);
  const updates = byRank(parts.trained.movingUpdates);
  if (updates.length > 0) {
    next(
      vectorNames.moving,
      movingUpdate(handOver(handoverNames.statistics, batchStatistics(graph, updates)), momentum),
    );
  }

  const moving = updates.map(({ spec }) => spec);
  return {
    graph,
    update: twoGraphs ? update : undefined,
    device,
    batchSize,
    learningRate: optimizer.learningRate,
    classes: model.classes.length,
    weights: model.weights,
    initialState: new Map([
      ...[...trainable, ...moving].map(({ name }) => [name, weight(name)] as const),
      ...slots.map((name) => [name, tensor('float32', [parameters.length])] as const),
      ...counters.map((name) => [name, tensor('float32', [])] as const),
    ]),
    state: new StateLayout({
      parameters: parameters.specs.map(({ name, shape, asRows }) => ({ name, shape, exchanged: asRows })),
      slotOrder: decayedFirst(trainable).map(({ name }) => name),
      slots,
      counters,
      moving: moving.map(({ name, shape }) => ({ name, shape })),
    }),
  };
}

/** The L2 penalty, if there is one, and the gradient with the penalty's gradient added. */
function withL2(
  gradient: Value,
  vector: Value,
  { specs, length, decayed }: ParameterVector,
): { penalty?: Value; gradient: Value } {
  const rates = new Set(specs.flatMap(({ l2 }) => (l2 > 0 ? [l2] : [])));
  if (rates.size > 1)
    throw new Error(`internal: one L2 rate for all parameters is needed, got ${[...rates]}`);
  if (rates.size === 0) return { gradient };
  const l2 = l2Penalty(o.slice(vector, 0, 0, decayed), [...rates][0]);
  return {
    penalty: l2.penalty,
    gradient: o.add(gradient, o.pad(l2.gradient, [0], [length - decayed])),
  };
}

/** The updates of rank 4 first: one node joins all of a rank. */
function byRank(updates: readonly MovingUpdate[]): MovingUpdate[] {
  return updates.toSorted((a, b) => b.batch[0].shape.length - a.batch[0].shape.length);
}

/**
 * The statistics of a batch that the batch norms batchStatistics, as one vector.
 * @param updates by rank
 */
function batchStatistics(graph: Graph, updates: readonly MovingUpdate[]): Value {
  const statistics = updates.flatMap(({ batch, factors }) =>
    batch.map((value, i) => ({ value, factor: factors[i], rank: value.shape.length })),
  );
  const joints = [4, 1].flatMap((rank) => {
    const own = statistics.filter((one) => one.rank === rank).map(({ value }) => value);
    if (own.length === 0) return [];
    const joint = o.concat(own, rank === 4 ? 1 : 0);
    return [rank === 4 ? o.reshape(joint, [-1]) : joint];
  });
  const all = joints.length === 1 ? joints[0] : o.concat(joints, 0);
  const factors = statistics.flatMap(({ value, factor }) =>
    new Array<number>(sizeOf(value.shape as number[])).fill(factor),
  );
  return o.mul(all, graph.constant(tensor('float32', [factors.length], factors)));
}

/** The update of moving statistics: `batch + momentum (moving - batch)`. */
function movingUpdate(batch: Value, momentum: Value): Value {
  const moving = batch.graph.input(vectorNames.moving, 'float32', batch.shape);
  return o.add(batch, o.mul(momentum, o.sub(moving, batch)));
}
