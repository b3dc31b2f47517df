/** The training loop: steps, epochs, validation, checkpoints. */
import type { Batch } from '../data/batches/batches.ts';
import type { ShuffledPosition } from '../data/streams/shuffled-stream.ts';
import { firstLine } from '../errors/first-line.ts';
import type { Weights } from '../models/model.ts';
import type { CreateSession } from '../runtime/session.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { StepBatch, TrainingStep } from './build-step.ts';
import { type Agreed, type Crew, LeftAlone, type Own } from './crew.ts';
import { type EpochRecord, newPass, type Pass, type Progress } from './progress.ts';
import { RankedSession } from './ranked-session.ts';
import { reduceOnPlateau, type Schedule } from './schedule.ts';
import type { TrainingState } from './state-layout.ts';
import { StepSession } from './step-session.ts';

export type { EpochRecord, Progress } from './progress.ts';

/** What is told after a step. */
export interface StepReport {
  readonly epoch: number;
  /** From 1. */
  readonly step: number;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy?: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Share of the time in which the steps waited for images, 0 to 1. */
  readonly dataWait: number;
}

/** Everything that a training goes on from. */
export interface Checkpoint {
  readonly progress: Progress;
  /** All weights, frozen ones too, and what else is in the step's state. */
  readonly tensors: TrainingState;
}

/**
 * Why a checkpoint is saved: time has passed; all steps of an epoch are done; so is its validation; so is the last epoch;
 * the training was told to stop; it fails, though not for its weights.
 */
export type SaveReason = 'interval' | 'pass' | 'epoch' | 'end' | 'stop' | 'failure';

/** What is known at the end of an epoch. */
export interface EpochEnd {
  /** All weights after the epoch, frozen ones too. */
  readonly weights: Weights;
  /** Up to this epoch. */
  readonly history: readonly EpochRecord[];
  /** No epoch before was as good: see `TrainOptions.goal`. */
  readonly best: boolean;
}

/**
 * What makes an epoch the best: its validation accuracy, or its validation loss, which tells epochs apart where few pictures are
 * validated. Without validation it is the training loss in either case.
 */
export type Goal = 'accuracy' | 'loss';

/** What a training is made of: its step, batches, validation, and who is told. */
export interface TrainOptions<B extends StepBatch = Batch> {
  /** What to do in a step, and the weights that it starts from. */
  readonly step: TrainingStep<B>;
  readonly createSession: CreateSession;
  /** See `SessionOptions`. Default: false. */
  readonly unchecked?: boolean;
  readonly epochs: number;
  /** Stops after so many epochs that are not the best. Default: all epochs are trained. */
  readonly patience?: number;
  /** Default 'accuracy'. */
  readonly goal?: Goal;
  /** For the schedule. */
  readonly stepsPerEpoch: number;
  /** Default: `reduceOnPlateau`, from the optimiser's rate. */
  readonly schedule?: Schedule;
  /** True when the batch norms' moving statistics are new, and should follow the first batches at once. */
  readonly freshStatistics: boolean;
  /** Where to go on; default the beginning. The rest of the training is the same, to the bit, as if it had never stopped. */
  readonly from?: Checkpoint;
  /**
   * A pass over the training images in full batches of the step's size. It depends on the epoch alone, and begins behind as
   * many images of its order as `position` says, of a stream at `place`.
   */
  readonly batches: (epoch: number, position: number, place?: ShuffledPosition) => AsyncIterable<B>;
  /** Mean cross-entropy and accuracy by all weights, frozen ones too. */
  readonly validate?: (weights: Weights, epoch: number) => Promise<{ loss: number; accuracy: number }>;
  /** Called after each epoch, before it is saved. */
  readonly onEpoch?: (end: EpochEnd) => void | Promise<void>;
  /** Called after each step. A promise gives whoever sets the signal time to do so. */
  readonly onStep?: (report: StepReport) => void | Promise<void>;
  /** Keeps a checkpoint. @returns whether it is kept; to throw ends the training. */
  readonly save?: (checkpoint: Checkpoint, reason: SaveReason) => Promise<boolean>;
  /** Seconds between checkpoints within an epoch. Default: none within an epoch. */
  readonly saveEvery?: number;
  /** Stops the training after the step that runs. `validate` should fail on it; `batches` may, with its reason. */
  readonly signal?: AbortSignal;
  /**
   * Ranks that train together; every one of them calls `train`, with the same options but for `batches`, which gives its share of each
   * batch, and what rank 0 alone is to do: `save`, `onEpoch`. The step is in two parts, for a share. Default: this process trains alone.
   */
  readonly crew?: Crew;
}

/** How a training ended. */
export interface TrainResult {
  readonly progress: Progress;
  /** By the signal, before all epochs were done. */
  readonly stopped: boolean;
  /** With a crew: whether this rank went without the others, which did not answer any more. */
  readonly leftAlone?: boolean;
}

/** Keras' batch norm momentum. */
const momentum = 0.99;

/**
 * Trains until all epochs are done or the signal stops it.
 * @throws when a loss or a weight is not finite: nothing is saved of such a state. When a batch does not fit the step, or
 *   `batches`, the session or `validate` fail: after saving where it stands; where that fails, too, the error says so.
 */
export async function train<B extends StepBatch = Batch>(options: TrainOptions<B>): Promise<TrainResult> {
  const { step, createSession, from, unchecked, crew } = options;
  const state = from ? restoreState(step.initialState, from.tensors) : step.initialState;
  if ('device' in options) {
    throw new Error(
      "training: the device is an option of the step, as in halfStep(model, { device: 'webgpu' })",
    );
  }
  if (crew && unchecked)
    throw new Error('training: several ranks train with the checks of WebGPU; leave out --unchecked-gpu');
  if (crew) return withRanks(options, crew, state);
  const session = await StepSession.open(step, createSession, { state, unchecked });
  try {
    return await new Training(options, session).run();
  } finally {
    await session.release();
  }
}

/** Each rank's own part of a training. */
async function withRanks<B extends StepBatch>(
  options: TrainOptions<B>,
  crew: Crew,
  state: TrainingState,
): Promise<TrainResult> {
  const { step, createSession } = options;
  let session: RankedSession;
  try {
    session = await RankedSession.open(step, createSession, crew, state);
  } catch (error) {
    throw await crew.failed(error);
  }
  try {
    return await new Training(options, session).run();
  } finally {
    await session.release();
  }
}

/** Whether all epochs are trained, or so many as `patience` says have not been the best. */
export function isOver(
  { epoch, best }: Progress,
  { epochs, patience = Number.POSITIVE_INFINITY }: Pick<TrainOptions, 'epochs' | 'patience'>,
): boolean {
  return epoch > epochs || (best !== undefined && epoch - 1 - best.epoch >= patience);
}

/** What training cannot go on from. */
class NotFinite extends Error {}

class Training<B extends StepBatch> {
  readonly #options: TrainOptions<B>;
  readonly #session: StepSession | RankedSession;
  readonly #schedule: Schedule;
  #progress: Progress;
  /** The progress that was last saved. */
  #saved: Progress;
  #triedToSave: number = performance.now();

  constructor(options: TrainOptions<B>, session: StepSession | RankedSession) {
    const { step, from } = options;
    this.#options = options;
    this.#session = session;
    this.#schedule = options.schedule ?? reduceOnPlateau(step.learningRate);
    if (from) this.#schedule.restore(from.progress.schedule);
    this.#progress = from?.progress ?? {
      epoch: 1,
      passDone: false,
      pass: newPass,
      stepsSeen: 0,
      schedule: this.#schedule.state(),
      history: [],
    };
    this.#saved = this.#progress;
  }

  async run(): Promise<TrainResult> {
    const { signal, crew } = this.#options;
    try {
      await this.#align();
      while (!isOver(this.#progress, this.#options)) {
        const ended = await this.#epoch();
        if (!ended) {
          await this.#save('stop');
          return { progress: this.#progress, stopped: true };
        }
      }
    } catch (error) {
      if (error instanceof LeftAlone) {
        await this.#save('stop');
        return { progress: this.#progress, stopped: true, leftAlone: true };
      }
      const told = crew ? await crew.failed(error).catch((alone) => alone) : error;
      const lost = this.#progress !== this.#saved && !(error instanceof NotFinite);
      if (lost && !signal?.aborted) await this.#save('failure').catch((why) => tellLost(told, why));
      throw told;
    }
    return { progress: this.#progress, stopped: false };
  }

  /** What is left of an epoch. @returns false when stopped */
  async #epoch(): Promise<boolean> {
    const { step, validate, onEpoch, goal = 'accuracy', signal } = this.#options;
    if (!this.#progress.passDone) {
      if (!(await this.#pass())) return false;
      await this.#align();
      await this.#save('pass');
    }
    const { epoch, pass, history: before } = this.#progress;
    const weights = weightsOf(step.weights, await this.#session.state());
    let validation: { loss: number; accuracy: number } | undefined;
    try {
      validation = await this.#ofFirst(await validate?.(weights, epoch));
    } catch (error) {
      if (signal?.aborted) return false;
      throw error;
    }
    if (validation)
      checkLoss(validation.loss, `the validation loss is ${validation.loss} after epoch ${epoch}`);
    const { loss, accuracy, learningRate, imagesPerSecond, dataWait } = this.#figures();
    const record: EpochRecord = {
      epoch,
      loss,
      accuracy,
      valLoss: validation?.loss,
      valAccuracy: validation?.accuracy,
      learningRate,
      seconds: pass.seconds,
      imagesPerSecond,
      dataWait,
    };
    const score = (goal === 'accuracy' ? validation?.accuracy : undefined) ?? -(validation?.loss ?? loss);
    const best = score > (this.#progress.best?.score ?? Number.NEGATIVE_INFINITY);
    const history = [...before, record];
    await onEpoch?.({ weights, history, best });
    this.#schedule.endEpoch(loss);
    this.#progress = {
      ...this.#progress,
      epoch: epoch + 1,
      passDone: false,
      pass: newPass,
      schedule: this.#schedule.state(),
      best: best ? { epoch, score } : this.#progress.best,
      history,
    };
    await this.#save(isOver(this.#progress, this.#options) ? 'end' : 'epoch');
    return true;
  }

  /** What is left of a pass over the images. @returns false when stopped */
  async #pass(): Promise<boolean> {
    const { step, batches, onStep, saveEvery = Number.POSITIVE_INFINITY, signal } = this.#options;
    const { epoch } = this.#progress;
    let asked = performance.now();
    const { position, place } = this.#progress.pass;
    for await (const batch of untilStopped(batches(epoch, position, place), signal)) {
      const got = performance.now();
      if (got - this.#triedToSave >= 1000 * saveEvery) await this.#save('interval');
      checkBatch(step, batch);
      const began = performance.now();
      if (!(await this.#step(batch, (got - asked) / 1000, began))) return false;
      await onStep?.({ epoch, step: this.#progress.pass.steps, ...this.#figures() });
      asked = performance.now();
    }
    // A pass that was at its end all the same finds so when it goes on.
    if (await this.#stopped({ ended: true })) return false;
    if (this.#progress.pass.steps === 0) throw new Error(`training: epoch ${epoch} has no batch`);
    this.#progress = { ...this.#progress, passDone: true };
    return true;
  }

  /**
   * @param waited seconds, for the batch @param began when the step did, by the performance clock
   * @returns false when another rank is told to stop: the step is then not done
   */
  async #step(batch: B, waited: number, began: number): Promise<boolean> {
    const { step, stepsPerEpoch, freshStatistics } = this.#options;
    const { epoch, pass, stepsSeen } = this.#progress;
    const steps = pass.steps + 1;
    const learningRate = this.#schedule.rate({ epoch, step: steps, stepsPerEpoch });
    const result = await this.#session.run({
      ...(await step.inputs(batch)),
      learning_rate: tensor('float32', [], [learningRate]),
      momentum: tensor('float32', [], [momentumAt(stepsSeen, freshStatistics)]),
    });
    if (!result) return false;
    const loss = Number(result.loss.data[0]);
    checkLoss(loss, `the loss is ${loss} at epoch ${epoch}, step ${steps}`);
    this.#progress = {
      ...this.#progress,
      stepsSeen: stepsSeen + 1,
      pass: {
        steps,
        position: batch.position,
        place: batch.place,
        loss: pass.loss + loss,
        correct: pass.correct + Number(result.correct?.data[0] ?? 0),
        seconds: pass.seconds + waited + (performance.now() - began) / 1000,
        waited: pass.waited + waited,
        learningRate,
      },
    };
    return true;
  }

  /** Whether this rank is told to stop, or another. */
  async #stopped(own: Own): Promise<boolean> {
    const { crew, signal } = this.#options;
    const isStopped = signal?.aborted === true;
    if (!crew) return isStopped;
    const agreed: Agreed = await crew.agree({ ...own, stopped: isStopped });
    if (!agreed.stopped && agreed.ended < crew.size) {
      throw new Error(`internal: ${agreed.ended} of ${crew.size} ranks are at their end`);
    }
    return agreed.stopped;
  }

  /** What rank 0 has found: other processors may round otherwise, and all must choose alike. */
  async #ofFirst(
    found: { loss: number; accuracy: number } | undefined,
  ): Promise<{ loss: number; accuracy: number } | undefined> {
    const { crew } = this.#options;
    if (!crew || !found) return found;
    const [loss, accuracy] = await crew.ofFirst([found.loss, found.accuracy]);
    return { loss, accuracy };
  }

  /** Gives all ranks one state. */
  async #align(): Promise<void> {
    if (this.#session instanceof RankedSession) await this.#session.align();
  }

  #figures(): Omit<StepReport, 'epoch' | 'step'> {
    const { steps, loss, correct, seconds, waited, learningRate }: Pass = this.#progress.pass;
    const { step, crew } = this.#options;
    const images = steps * step.batchSize * (crew?.size ?? 1);
    return {
      loss: loss / steps,
      accuracy: this.#session.outputNames.includes('correct') ? correct / images : undefined,
      learningRate,
      imagesPerSecond: images / seconds,
      dataWait: waited / seconds,
    };
  }

  /** @throws when a weight is not finite, or saving says so. */
  async #save(reason: SaveReason): Promise<void> {
    const { step, save, crew } = this.#options;
    const progress = this.#progress;
    if (progress === this.#saved || (crew && !crew.leads)) return;
    const state = await this.#session.state();
    checkState(state, progress);
    if (save === undefined) return;
    const tensors = new Map([...step.weights, ...state]);
    if (await save({ progress, tensors }, reason)) this.#saved = progress;
    this.#triedToSave = performance.now();
  }
}

/** Adds to an error why what was done since the last checkpoint is lost. */
function tellLost(error: unknown, why: unknown): void {
  if (error instanceof Error)
    error.message += `; what was done since the last checkpoint is lost: ${firstLine(why)}`;
}

/** The same batches, until the signal comes, which may be while one is waited for: they may fail with its reason. */
async function* untilStopped<B>(
  batches: AsyncIterable<B>,
  signal: AbortSignal | undefined,
): AsyncGenerator<B, void, undefined> {
  try {
    for await (const batch of batches) {
      if (signal?.aborted) return;
      yield batch;
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
  }
}

/** The state, as a checkpoint has it. */
function restoreState(initial: TrainingState, tensors: TrainingState): TrainingState {
  return new Map(
    [...initial].map(([name, { shape }]) => {
      const found = tensors.get(name);
      if (String(found?.shape) !== String(shape)) {
        throw new Error(
          `checkpoint: '${name}' should be [${shape}], it ${found ? `has [${found.shape}]` : 'has none'}`,
        );
      }
      return [name, found as Tensor<'float32'>];
    }),
  );
}

function checkBatch<B extends StepBatch>(
  { batchSize, classes }: TrainingStep<B>,
  { labels, paths }: B,
): void {
  if (labels.length !== batchSize) {
    throw new Error(`training: batches of ${batchSize} images are needed, got one of ${labels.length}`);
  }
  const wrong = labels.findIndex((label) => !(label >= 0 && label < classes));
  if (wrong >= 0) {
    throw new Error(`training: labels are 0 to ${classes - 1}, ${paths[wrong]} has ${labels[wrong]}`);
  }
}

function checkLoss(loss: number, what: string): void {
  if (!Number.isFinite(loss)) throw new NotFinite(`training: ${what}; try a lower learning rate`);
}

/** A loss may be finite while a weight is not: the step that spoils it is judged by the weights before. */
function checkState(state: TrainingState, { epoch, pass, stepsSeen, history }: Progress): void {
  for (const [name, { data }] of state) {
    if (data.every(Number.isFinite)) continue;
    const at =
      pass.steps > 0 ? `epoch ${epoch}, step ${pass.steps}` : `epoch ${history.length}, step ${stepsSeen}`;
    throw new NotFinite(`training: '${name}' is not finite after ${at}; try a lower learning rate`);
  }
}

/**
 * New moving statistics are the mean of all batches so far, until that is as slow as the fixed momentum: a network of a
 * hundred steps is then judged by statistics it has seen, not by the zeros and ones they started from.
 */
function momentumAt(stepsSeen: number, fresh: boolean): number {
  return fresh ? Math.min(momentum, stepsSeen / (stepsSeen + 1)) : momentum;
}

function weightsOf(weights: Weights, state: TrainingState): Weights {
  return new Map([...weights].map(([name, weight]) => [name, state.get(name) ?? weight]));
}
