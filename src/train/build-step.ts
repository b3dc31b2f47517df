/** One training step as one ONNX graph: forward, backward and update. What changes comes in and goes out as its state. */
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

/** What the loop must know of a batch, whatever is in it. */
export type StepBatch = Pick<Batch, 'labels' | 'paths' | 'position' | 'place'>;

/** What a step of a training computes. @typeParam B the batches that it learns from: pictures, unless it says otherwise */
export interface TrainingStep<B extends StepBatch = Batch> {
  /**
   * Inputs: those of `inputs`; the scalars `learning_rate` and `momentum`; the vectors of `state`. Outputs: the scalars `loss` and,
   * where it classifies, `correct`; and every vector with `/next` after its name.
   *
   * Of a step in two parts this is the first, the network. Its inputs: those of `inputs` and the vector `parameters`. Its
   * outputs: `loss`, without L2; `correct`; the vectors of `handedOver`.
   */
  readonly graph: Graph;
  /**
   * Of a step in two parts the second, the optimiser, which knows no pictures. Inputs: `handedOver`, means over all ranks; the
   * scalars and the state. Outputs: every vector with `/next` after its name, and, with L2, the scalar `penalty`, which belongs to the loss.
   */
  readonly update?: Graph;
  /** What the graph is for. A GPU's has another form, and the same results up to rounding. */
  readonly device: Device;
  readonly batchSize: number;
  /** The optimiser's rate at the start. */
  readonly learningRate: number;
  /** How many classes the labels are of. */
  readonly classes: number;
  /** All weights that training starts from, frozen ones too. */
  readonly weights: Weights;
  readonly initialState: TrainingState;
  /** How the state goes in and comes out. */
  readonly state: StateLayout;
  /** A batch as inputs of the graph. What a frozen network makes of its pictures is computed here, too. */
  inputs(batch: B): Record<string, Tensor> | Promise<Record<string, Tensor>>;
}

/** What any training step is told. */
export interface StepOptions {
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  /** Height and width of the images. Default: the model's `imSize`. */
  readonly size?: number;
  /**
   * How images are fed: as bytes, 0 to 255, a quarter of what travels to a GPU, or as float32 in [0, 1]. Soft labels
   * alike. The results are the same. Default: 'uint8'.
   */
  readonly imageType?: 'uint8' | 'float32';
  /** Default 'cpu'. */
  readonly device?: Device;
  /** Whether network and optimiser are two graphs, between which gradients are averaged over ranks. Default: they are one. */
  readonly inTwoParts?: boolean;
}

/** What goes from the first part of a step to the second: the loss's gradient, and what batch norms have measured. */
export const handedOver = { gradient: 'gradient', statistics: 'statistics' } as const;

/** L2's part of the loss. */
export const penaltyName = 'penalty';

/** A model, as far as a step needs it. */
export interface StepModel {
  readonly classes: readonly string[];
  readonly weights: Weights;
}

/** What a network is built with. */
export interface StepParts {
  readonly graph: Graph;
  /** For layers that learn. */
  readonly trained: Scope;
  /** For layers that stay as they are: their batch norms use the moving statistics. */
  readonly frozen: Scope;
}

/**
 * A step that learns by a loss: L2, the backward pass and the optimiser are added to it.
 * @param loss builds the network and gives its loss, a scalar without L2. It is called twice: the first call tells which parameters there
 *   are, the second builds the graph.
 */
export function buildStep(
  model: StepModel,
  options: StepOptions,
  loss: (parts: StepParts) => Value,
): Omit<TrainingStep, 'inputs'> {
  const { batchSize, optimizer, device = 'cpu', inTwoParts = false } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new Error(`training: the batch size is a whole number >= 1, got ${batchSize}`);
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
  const update = inTwoParts ? new Graph() : graph;
  const momentum = update.input('momentum', 'float32', []);
  const rate = update.input('learning_rate', 'float32', []);
  const handOver = (name: string, value: Value): Value => {
    if (!inTwoParts) return value;
    graph.output(o.identity(value, name));
    return update.input(name, 'float32', value.shape);
  };
  const vector = graph.input(vectorNames.parameters, 'float32', [parameters.length]);
  const values = parameters.parted(vector);
  const parts = partsOf(graph, ({ name }) => values.get(name) as Value);
  const own = loss(parts);

  const found = gradients(own, [...values.values()]);
  const ofLoss = parameters.joined(new Map([...values.keys()].map((name, i) => [name, found[i]])));
  const before = inTwoParts ? update.input(vectorNames.parameters, 'float32', vector.shape) : vector;
  const { penalty, gradient } = withL2(handOver(handedOver.gradient, ofLoss), before, parameters);
  if (inTwoParts && penalty) update.output(o.identity(penalty, penaltyName));
  graph.output(o.identity(penalty && !inTwoParts ? o.add(own, penalty) : own, 'loss'));
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
    next(vectorNames.moving, moved(handOver(handedOver.statistics, measured(graph, updates)), momentum));
  }

  const moving = updates.map(({ spec }) => spec);
  return {
    graph,
    update: inTwoParts ? update : undefined,
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

/** The L2 penalty, where there is one, and the gradient with its own. */
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

/** Statistics of rank 4 first: each kind is joined by one node. */
function byRank(updates: readonly MovingUpdate[]): MovingUpdate[] {
  return updates.toSorted((a, b) => b.batch[0].shape.length - a.batch[0].shape.length);
}

/** What the batch norms have measured of a batch, as one vector. @param updates by rank */
function measured(graph: Graph, updates: readonly MovingUpdate[]): Value {
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

/** Moving statistics follow those of the batch: `batch + momentum (moving - batch)`. */
function moved(batch: Value, momentum: Value): Value {
  const moving = batch.graph.input(vectorNames.moving, 'float32', batch.shape);
  return o.add(batch, o.mul(momentum, o.sub(moving, batch)));
}
