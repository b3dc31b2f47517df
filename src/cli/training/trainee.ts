/** What a run trains, for any network. */
import type { ShuffledPosition } from '../../data/streams/shuffled-stream.ts';
import type { Weights } from '../../models/model.ts';
import type { StepBatch, TrainingStep } from '../../train/build-step.ts';
import type { Goal } from '../../train/loop.ts';
import type { Emit } from './events.ts';

/** @typeParam B the input of a step: batches of pictures, or of data computed from them once */
export interface Trainee<B extends StepBatch = StepBatch> {
  /** Number of trained parameters. */
  readonly parameters: number;
  /** As `TrainOptions.freshStatistics`. */
  readonly freshStatistics: boolean;
  readonly goal: Goal;
  /**
   * Whether an epoch takes less time than writing its files. Files and pictures are then written only now and
   * then, and at the end.
   */
  readonly quick: boolean;
  /**
   * Does what is needed once, before the first step.
   * @returns false when the signal has arrived
   */
  prepare(emit: Emit, signal: AbortSignal): Promise<boolean>;
  /** The training step; only after `prepare`. */
  step(): TrainingStep<B>;
  /** The training batches of an epoch, as in `TrainOptions.batches`. */
  batches(epoch: number, position: number, place?: ShuffledPosition): AsyncIterable<B>;
  /**
   * Evaluates weights on the validation images; absent when there are none.
   * @param onImages called with the number of images done
   * @throws when the signal arrives
   */
  readonly validate?: (
    weights: Weights,
    onImages: (done: number) => void,
    signal: AbortSignal,
  ) => Promise<{ loss: number; accuracy: number }>;
  /**
   * The bytes of a model file.
   * @param training the record of the training, for people
   */
  encode(weights: Weights, training: Record<string, unknown>): Promise<Uint8Array>;
  /** Frees the resources of `prepare` and the steps. */
  release(): Promise<void>;
}
