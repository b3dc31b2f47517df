/** What a run trains, whatever network it is. */
import type { ShuffledPosition } from '../../data/streams/shuffled-stream.ts';
import type { Weights } from '../../models/model.ts';
import type { StepBatch, TrainingStep } from '../../train/build-step.ts';
import type { Goal } from '../../train/loop.ts';
import type { Emit } from './events.ts';

/** @typeParam B what its step learns from: batches of pictures, or of what is made of them once */
export interface Trainee<B extends StepBatch = StepBatch> {
  /** How many numbers training changes. */
  readonly parameters: number;
  /** As `TrainOptions.freshStatistics`. */
  readonly freshStatistics: boolean;
  readonly goal: Goal;
  /**
   * Whether an epoch takes less time than to write what it leaves: then files and pictures of it are written
   * now and then, and in the end.
   */
  readonly quick: boolean;
  /** Makes what is made once, before the first step. @returns false when the signal has come */
  prepare(emit: Emit, signal: AbortSignal): Promise<boolean>;
  /** Once it is prepared. */
  step(): TrainingStep<B>;
  /** The training batches of an epoch, as `TrainOptions.batches`. */
  batches(epoch: number, position: number, place?: ShuffledPosition): AsyncIterable<B>;
  /**
   * Judges weights on the pictures of the validation; absent where there is none. Fails when the signal
   * comes.
   * @param onImages told how many are done
   */
  readonly validate?: (
    weights: Weights,
    onImages: (done: number) => void,
    signal: AbortSignal,
  ) => Promise<{ loss: number; accuracy: number }>;
  /** The bytes of a model file. @param training how it was trained, for people to read */
  encode(weights: Weights, training: Record<string, unknown>): Promise<Uint8Array>;
  /** Frees what `prepare` and the steps hold. */
  release(): Promise<void>;
}
