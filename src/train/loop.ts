/** The training loop: steps, epochs, validation, best and last weights. */
import type { Batch } from '../data/batches.ts';
import { encodeOnnx } from '../graph/proto.ts';
import type { Model, Weights } from '../models/model.ts';
import type { CreateSession, Device, Session } from '../runtime/session.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { reduceOnPlateau } from './schedule.ts';
import { nextSuffix, type TrainingState, type TrainingStep } from './step.ts';

/** One epoch, as `history.json` keeps it. */
export interface EpochRecord {
  readonly epoch: number;
  /** Mean objective over the epoch's batches, L2 included. */
  readonly loss: number;
  /** Share of training images predicted right while the weights changed; half model only. */
  readonly accuracy?: number;
  /** Mean cross-entropy of the test images, without L2. */
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  readonly learningRate: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

export interface StepReport {
  readonly epoch: number;
  /** From 1. */
  readonly step: number;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy?: number;
  readonly imagesPerSecond: number;
}

export interface TrainOptions {
  /** What to do in a step, and the model that it starts from. */
  readonly step: TrainingStep;
  readonly createSession: CreateSession;
  readonly device?: Device;
  readonly epochs: number;
  /** True when the batch norms' moving statistics are new, and should follow the first batches at once. */
  readonly freshStatistics: boolean;
  /** A pass over the training images in full batches of the step's size. */
  readonly batches: (epoch: number) => AsyncIterable<Batch>;
  readonly validate?: (model: Model) => Promise<{ loss: number; accuracy: number }>;
  /** Called after each epoch; `best` says that no epoch before was as good. */
  readonly onEpoch: (model: Model, history: readonly EpochRecord[], best: boolean) => Promise<void>;
  readonly onStep?: (report: StepReport) => void;
}

/** Keras' batch norm momentum. */
const momentum = 0.99;

/**
 * Trains and returns the history. The best epoch is the one of the highest validation accuracy, or where there is none, of the
 * lowest training loss.
 * @throws when the loss is not finite, or a batch does not fit the step; what `onEpoch` saved before stays good.
 */
export async function train(options: TrainOptions): Promise<readonly EpochRecord[]> {
  const { step, epochs, validate, onEpoch } = options;
  const { model } = step;
  const session = await options.createSession(encodeOnnx(step.graph), {
    device: options.device,
    purpose: 'training',
  });
  try {
    const history: EpochRecord[] = [];
    const schedule = reduceOnPlateau(step.learningRate);
    let learningRate = step.learningRate;
    let state = step.initialState;
    let stepsSeen = 0;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const pass = await runEpoch(options, session, { epoch, state, stepsSeen, learningRate });
      state = pass.state;
      stepsSeen += pass.steps;
      const trained = { ...model, weights: weightsOf(model.weights, state) };
      const validation = await validate?.(trained);
      const record: EpochRecord = {
        epoch,
        ...pass.figures,
        valLoss: validation?.loss,
        valAccuracy: validation?.accuracy,
        learningRate,
        seconds: pass.seconds,
      };
      history.push(record);
      const score = record.valAccuracy ?? -record.loss;
      const best = score > bestScore;
      if (best) bestScore = score;
      await onEpoch(trained, history, best);
      learningRate = schedule.next(record.loss);
    }
    return history;
  } finally {
    await session.release();
  }
}

interface EpochStart {
  readonly epoch: number;
  readonly state: TrainingState;
  readonly stepsSeen: number;
  readonly learningRate: number;
}

type Figures = Pick<EpochRecord, 'loss' | 'accuracy' | 'imagesPerSecond'>;

async function runEpoch(
  { step, batches, freshStatistics, onStep }: TrainOptions,
  session: Session,
  { epoch, state, stepsSeen, learningRate }: EpochStart,
): Promise<{ state: TrainingState; steps: number; seconds: number; figures: Figures }> {
  const counts = session.outputNames.includes('correct');
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  let steps = 0;
  let loss = 0;
  let correct = 0;
  const figures = (): Figures => ({
    loss: loss / steps,
    accuracy: counts ? correct / (steps * step.batchSize) : undefined,
    imagesPerSecond: (steps * step.batchSize) / seconds(),
  });
  for await (const batch of batches(epoch)) {
    checkBatch(step, batch);
    const result = await session.run({
      ...Object.fromEntries(state),
      image: batch.images,
      label: tensor('int64', [step.batchSize], Array.from(batch.labels)),
      learning_rate: tensor('float32', [], [learningRate]),
      momentum: tensor('float32', [], [momentumAt(stepsSeen + steps, freshStatistics)]),
    });
    steps++;
    const stepLoss = Number(result.loss.data[0]);
    if (!Number.isFinite(stepLoss)) {
      throw new Error(
        `training: the loss is ${stepLoss} at epoch ${epoch}, step ${steps}; try a lower learning rate`,
      );
    }
    state = nextState(state, result);
    loss += stepLoss;
    correct += Number(result.correct?.data[0] ?? 0);
    onStep?.({ epoch, step: steps, ...figures() });
  }
  if (steps === 0) throw new Error(`training: epoch ${epoch} has no batch`);
  return { state, steps, seconds: seconds(), figures: figures() };
}

function checkBatch({ batchSize, model }: TrainingStep, { labels, paths }: Batch): void {
  if (labels.length !== batchSize) {
    throw new Error(`training: batches of ${batchSize} images are needed, got one of ${labels.length}`);
  }
  const wrong = labels.findIndex((label) => !(label >= 0 && label < model.classes.length));
  if (wrong >= 0) {
    throw new Error(
      `training: labels are 0 to ${model.classes.length - 1}, ${paths[wrong]} has ${labels[wrong]}`,
    );
  }
}

/**
 * New moving statistics are the mean of all batches so far, until that is as slow as the fixed momentum: a network of a
 * hundred steps is then judged by statistics it has seen, not by the zeros and ones they started from.
 */
function momentumAt(stepsSeen: number, fresh: boolean): number {
  return fresh ? Math.min(momentum, stepsSeen / (stepsSeen + 1)) : momentum;
}

function nextState(state: TrainingState, result: Readonly<Record<string, Tensor>>): TrainingState {
  return new Map([...state.keys()].map((name) => [name, result[name + nextSuffix] as Tensor<'float32'>]));
}

function weightsOf(weights: Weights, state: TrainingState): Weights {
  return new Map([...weights].map(([name, weight]) => [name, state.get(name) ?? weight]));
}
