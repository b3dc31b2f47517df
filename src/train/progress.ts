/** The progress of a training: plain JSON, without infinite numbers and `NaN`. */
import type { ShuffledPosition } from '../data/streams/shuffled-stream.ts';
import type { ScheduleState } from './schedule.ts';

/** One epoch, as in `history.json`. */
export interface EpochRecord {
  readonly epoch: number;
  /** Mean loss over the epoch's batches, with L2. */
  readonly loss: number;
  /** Share of correct predictions on training images, while the weights changed; half model only. */
  readonly accuracy?: number;
  /** Mean cross-entropy of the validation images, without L2. */
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  /** The learning rate of the epoch's last step. */
  readonly learningRate: number;
  /** Time of the steps and of waiting for images, without validation and saving. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Share of `seconds` that the steps waited for images, 0 to 1. */
  readonly dataWait: number;
}

/** Where a training stands. */
export interface Progress {
  /** The current epoch, from 1. When all are done: one more than the last. */
  readonly epoch: number;
  /** Whether all steps of the epoch are done, so that only its validation is left. */
  readonly passDone: boolean;
  /** The current epoch's pass so far. */
  readonly pass: Pass;
  /** Steps since the training began, over all epochs. */
  readonly stepsSeen: number;
  readonly schedule: ScheduleState;
  /** The best epoch so far; undefined before the first has ended. */
  readonly best?: { readonly epoch: number; readonly score: number };
  readonly history: readonly EpochRecord[];
}

/** A pass over the training images, up to some step. */
export interface Pass {
  /** Steps done. */
  readonly steps: number;
  /** Images of the epoch's order that were used, as `Batch.position`. */
  readonly position: number;
  /** Of a stream, as `Batch.place`. */
  readonly place?: ShuffledPosition;
  /** Sums over the steps. */
  readonly loss: number;
  readonly correct: number;
  readonly seconds: number;
  readonly waited: number;
  /** The learning rate of the last step. */
  readonly learningRate: number;
}

export const newPass: Pass = {
  steps: 0,
  position: 0,
  loss: 0,
  correct: 0,
  seconds: 0,
  waited: 0,
  learningRate: 0,
};
