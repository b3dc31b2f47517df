/** How far a training has come: plain JSON, in which no number is infinite or `NaN`. */
import type { ShuffledPosition } from '../data/streams/shuffled-stream.ts';
import type { ScheduleState } from './schedule.ts';

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
  /** Of the epoch's last step. */
  readonly learningRate: number;
  /** Spent in steps and in waiting for images, without validation and saving. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Share of `seconds` in which the step waited for images, 0 to 1. */
  readonly dataWait: number;
}

/** Where a training stands. */
export interface Progress {
  /** The epoch under way, from 1. When all are done: one more than the last. */
  readonly epoch: number;
  /** True once all steps of the epoch are done: what is left of it is the validation. */
  readonly passDone: boolean;
  /** Its pass up to here. */
  readonly pass: Pass;
  /** Steps since the training began, over all epochs. */
  readonly stepsSeen: number;
  readonly schedule: ScheduleState;
  /** The best epoch so far; none before the first has ended. */
  readonly best?: { readonly epoch: number; readonly score: number };
  readonly history: readonly EpochRecord[];
}

/** A pass over the training images, up to one of its steps. */
export interface Pass {
  /** Steps done. */
  readonly steps: number;
  /** Images of the epoch's order used up, as `Batch.position`. */
  readonly position: number;
  /** Of a stream, as `Batch.place`. */
  readonly place?: ShuffledPosition;
  /** Sums over the steps. */
  readonly loss: number;
  readonly correct: number;
  readonly seconds: number;
  readonly waited: number;
  /** Of the last step. */
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
