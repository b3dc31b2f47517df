/** The training loop: steps, epochs, validation, best and last weights. */
import type { Batch } from '../data/batches.ts';
import { encodeOnnx } from '../graph/proto.ts';
import type { Model, Weights } from '../models/model.ts';
import type { CreateSession, Device } from '../runtime/session.ts';
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
  /** The model to start from: every weight of it. */
  readonly model: Model;
  readonly step: TrainingStep;
  readonly createSession: CreateSession;
  readonly device?: Device;
  readonly epochs: number;
  readonly learningRate: number;
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
 * @throws when the loss is not finite; what `onEpoch` saved before stays good.
 */
export async function train(options: TrainOptions): Promise<readonly EpochRecord[]> {
  const { model, step, epochs, validate, onEpoch, onStep } = options;
  const session = await options.createSession(encodeOnnx(step.graph), {
    device: options.device,
    purpose: 'training',
  });
  const history: EpochRecord[] = [];
  const schedule = reduceOnPlateau(options.learningRate);
  let learningRate = options.learningRate;
  let state = step.initialState;
  let seen = 0;
  let bestScore = Number.NEGATIVE_INFINITY;

  for (let epoch = 1; epoch <= epochs; epoch++) {
    const start = performance.now();
    let steps = 0;
    let loss = 0;
    let correct = 0;
    for await (const batch of options.batches(epoch)) {
      const result = await session.run({
        ...Object.fromEntries(state),
        image: batch.images,
        label: tensor('int64', [step.batchSize], Array.from(batch.labels)),
        learning_rate: tensor('float32', [], [learningRate]),
        momentum: tensor('float32', [], [momentumAt(seen, options.freshStatistics)]),
      });
      steps++;
      seen++;
      const stepLoss = Number(result.loss.data[0]);
      if (!Number.isFinite(stepLoss)) {
        throw new Error(
          `training: the loss is ${stepLoss} at epoch ${epoch}, step ${steps}; try a lower learning rate`,
        );
      }
      state = nextState(state, result);
      loss += stepLoss;
      correct += Number(result.correct?.data[0] ?? 0);
      onStep?.({ epoch, step: steps, ...means(steps) });
    }
    const seconds = (performance.now() - start) / 1000;
    const trained = { ...model, weights: weightsOf(model.weights, state) };
    const validation = await validate?.(trained);
    const record: EpochRecord = {
      epoch,
      ...means(steps),
      valLoss: validation?.loss,
      valAccuracy: validation?.accuracy,
      learningRate,
      seconds,
    };
    history.push(record);
    const score = record.valAccuracy ?? -record.loss;
    const best = score > bestScore;
    if (best) bestScore = score;
    await onEpoch(trained, history, best);
    learningRate = schedule.next(record.loss);

    function means(n: number): { loss: number; accuracy?: number; imagesPerSecond: number } {
      const images = n * step.batchSize;
      return {
        loss: loss / n,
        accuracy: session.outputNames.includes('correct') ? correct / images : undefined,
        imagesPerSecond: (images * 1000) / (performance.now() - start),
      };
    }
  }
  await session.release();
  return history;
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
