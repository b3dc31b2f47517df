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

/** What `onStep` gets after a step. */
export interface StepReport {
  readonly epoch: number;
  /** The step's number in the epoch, from 1. */
  readonly step: number;
  /** Mean over the epoch's steps so far. */
  readonly loss: number;
  readonly accuracy?: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Share of the time that the steps waited for images, 0 to 1. */
  readonly dataWait: number;
}

/** Everything that a training needs to resume. */
export interface Checkpoint {
  readonly progress: Progress;
  /** All weights, frozen ones too, and the rest of the step's state. */
  readonly tensors: TrainingState;
}

/**
 * Why a checkpoint is saved: the interval has passed; all steps of an epoch are done; its validation is done;
 * the last epoch is done; the training was told to stop; it failed for another reason than its weights.
 */
export type SaveReason = 'interval' | 'pass' | 'epoch' | 'end' | 'stop' | 'failure';

/** What `onEpoch` gets at the end of an epoch. */
export interface EpochEnd {
  /** All weights after the epoch, frozen ones too. */
  readonly weights: Weights;
  /** Records of all epochs up to this one. */
  readonly history: readonly EpochRecord[];
  /** Whether no earlier epoch was as good, by `TrainOptions.goal`. */
  readonly best: boolean;
}

/**
 * What makes an epoch the best: its validation accuracy, or its validation loss, which also distinguishes
 * epochs when few pictures are validated. Without validation both mean the training loss.
 */
export type Goal = 'accuracy' | 'loss';

/** Options of `train`. */
export interface TrainOptions<B extends StepBatch = Batch> {
  /** The training step, with the initial weights. */
  readonly step: TrainingStep<B>;
  readonly createSession: CreateSession;
  /** See `SessionOptions`. Default: false. */
  readonly unchecked?: boolean;
  readonly epochs: number;
  /** Stops after this many epochs in a row that are not the best. Default: all epochs are trained. */
  readonly patience?: number;
  /** Default 'accuracy'. */
  readonly goal?: Goal;
  /** Steps in an epoch, for the schedule. */
  readonly stepsPerEpoch: number;
  /** Default: `reduceOnPlateau`, from the optimiser's learning rate. */
  readonly schedule?: Schedule;
  /** Whether the batch norms' moving statistics are new and should follow the first batches at once. */
  readonly freshStatistics: boolean;
  /**
   * The checkpoint to resume from; default: none. The training continues as if it had never stopped, bit by
   * bit.
   */
  readonly from?: Checkpoint;
  /**
   * The batches of an epoch, each of the step's size. They depend on the epoch alone. They begin after the
   * first `position` images of the epoch's order; those of a stream at `place`.
   */
  readonly batches: (epoch: number, position: number, place?: ShuffledPosition) => AsyncIterable<B>;
  /** Computes mean cross-entropy and accuracy on the validation images, with all weights, frozen ones too. */
  readonly validate?: (weights: Weights, epoch: number) => Promise<{ loss: number; accuracy: number }>;
  /** Called after each epoch, before the checkpoint is saved. */
  readonly onEpoch?: (end: EpochEnd) => void | Promise<void>;
  /** Called after each step, and awaited: whoever sets the signal can do it in between. */
  readonly onStep?: (report: StepReport) => void | Promise<void>;
  /**
   * Keeps a checkpoint.
   * @returns whether it was kept. If it throws, the training ends.
   */
  readonly save?: (checkpoint: Checkpoint, reason: SaveReason) => Promise<boolean>;
  /** Seconds between checkpoints within an epoch. Default: no checkpoint within an epoch. */
  readonly saveEvery?: number;
  /**
   * Stops the training after the current step. When it is set, `validate` should throw; `batches` may, with
   * its reason.
   */
  readonly signal?: AbortSignal;
  /**
   * Ranks that train together. Each calls `train` with the same options, except for `batches`, which gives
   * its share of each batch, and `save` and `onEpoch`, which only rank 0 has. The step must be of two graphs,
   * with the share as its batch size. Default: this process trains alone.
   */
  readonly crew?: Crew;
}

/** The result of `train`. */
export interface TrainResult {
  readonly progress: Progress;
  /** Whether the signal stopped it before all epochs were done. */
  readonly stopped: boolean;
  /** With a crew: whether the other ranks did not answer any more, and this rank stopped without them. */
  readonly leftAlone?: boolean;
}

/** Keras' batch norm momentum. */
const momentum = 0.99;

/**
 * Trains until all epochs are done or the signal stops it.
 * @throws when a loss or a weight is not finite: such a state is not saved. When a batch does not fit the
 * step, or `batches`, the session or `validate` fail: the state is saved first; if that fails, too, the error
 * says so.
 * @example
 * ```ts
 * import { random } from 'high-res-mapping';
 * import { initializeWeights } from 'high-res-mapping/models';
 * import { batches, createSession, openDataset } from 'high-res-mapping/node';
 * import { adam, halfStep, train } from 'high-res-mapping/train';
 *
 * const { classes, train: pictures } = await openDataset('scenes');
 * const weights = initializeWeights({ type: 'half', classes, imSize: 32, channels: 3 }, random(0));
 * const model = { classes, imSize: 32, channels: 3, weights };
 * const step = halfStep({ type: 'half', ...model }, { batchSize: 12, optimizer: adam() });
 * const { progress } = await train({
 *   step,
 *   createSession,
 *   epochs: 1,
 *   stepsPerEpoch: 1, // 12 pictures in batches of 12
 *   freshStatistics: true,
 *   batches: () => batches(pictures, { size: 32, batchSize: 12, dropLast: true }),
 *   onEpoch: ({ history }) => console.log(history[0].loss.toFixed(1)), //=> 2.3
 * });
 * console.log(progress.stepsSeen, progress.best?.epoch); //=> 1 1
 * ```
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
    throw new Error('training: several ranks need the checks of WebGPU; leave out --unchecked-gpu');
  if (crew) return withRanks(options, crew, state);
  const session = await StepSession.open(step, createSession, { state, unchecked });
  try {
    return await new Training(options, session).run();
  } finally {
    await session.release();
  }
}

/** One rank's training, with its exchanges with the others. */
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

/** Whether all epochs are trained, or the last `patience` epochs have not been the best. */
export function isOver(
  { epoch, best }: Progress,
  { epochs, patience = Number.POSITIVE_INFINITY }: Pick<TrainOptions, 'epochs' | 'patience'>,
): boolean {
  return epoch > epochs || (best !== undefined && epoch - 1 - best.epoch >= patience);
}

/** A loss or a weight that is not finite: training cannot continue. */
class NotFinite extends Error {}

class Training<B extends StepBatch> {
  readonly #options: TrainOptions<B>;
  readonly #session: StepSession | RankedSession;
  readonly #schedule: Schedule;
  #progress: Progress;
  /** The progress at the last checkpoint. */
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

  /**
   * The rest of an epoch.
   * @returns false when stopped
   */
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
      validation = await this.#broadcast(await validate?.(weights, epoch));
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

  /**
   * The rest of a pass over the images.
   * @returns false when stopped
   */
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
    // If the pass had just ended, the resumed training notices that itself.
    if (await this.#stopped({ ended: true })) return false;
    if (this.#progress.pass.steps === 0) throw new Error(`training: epoch ${epoch} has no batches`);
    this.#progress = { ...this.#progress, passDone: true };
    return true;
  }

  /**
   * One step.
   * @param waited seconds that it waited for the batch
   * @param began start of the step, by `performance.now`
   * @returns false when another rank was told to stop; the step is then not done
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

  /** Whether this rank or another one was told to stop. */
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

  /** The validation results of rank 0: other CPUs may round differently, and all ranks must decide alike. */
  async #broadcast(
    found: { loss: number; accuracy: number } | undefined,
  ): Promise<{ loss: number; accuracy: number } | undefined> {
    const { crew } = this.#options;
    if (!crew || !found) return found;
    const [loss, accuracy] = await crew.broadcast([found.loss, found.accuracy]);
    return { loss, accuracy };
  }

  /** Gives all ranks the same state. */
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

  /** @throws when a weight is not finite, or `save` throws */
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

/** Adds to an error that the work since the last checkpoint is lost, and why. */
function tellLost(error: unknown, why: unknown): void {
  if (error instanceof Error)
    error.message += `; the work since the last checkpoint is lost: ${firstLine(why)}`;
}

/**
 * The same batches, until the signal is set, also while waiting for one; waiting may then throw the signal's
 * reason.
 */
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

/** The state of a checkpoint, checked against the names and shapes of the initial state. */
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

/**
 * A loss may be finite while a weight is not: the loss of the step that breaks a weight is computed with the
 * weights before it.
 */
function checkState(state: TrainingState, { epoch, pass, stepsSeen, history }: Progress): void {
  for (const [name, { data }] of state) {
    if (data.every(Number.isFinite)) continue;
    const at =
      pass.steps > 0 ? `epoch ${epoch}, step ${pass.steps}` : `epoch ${history.length}, step ${stepsSeen}`;
    throw new NotFinite(`training: '${name}' is not finite after ${at}; try a lower learning rate`);
  }
}

/**
 * The momentum of moving statistics. New ones are the mean of all batches so far, up to the fixed momentum:
 * after a hundred steps a network is then evaluated by statistics of its batches, not by the initial zeros
 * and ones.
 */
function momentumAt(stepsSeen: number, fresh: boolean): number {
  return fresh ? Math.min(momentum, stepsSeen / (stepsSeen + 1)) : momentum;
}

function weightsOf(weights: Weights, state: TrainingState): Weights {
  return new Map([...weights].map(([name, weight]) => [name, state.get(name) ?? weight]));
}
