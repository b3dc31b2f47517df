/** The figures of a training, epoch by epoch, and as a table for spreadsheets. */
import { csv } from './csv.ts';

/** One epoch. What was not measured is absent. */
export interface EpochFigures {
  /** From 1. */
  readonly epoch: number;
  /** Mean objective over the epoch's batches, L2 included. */
  readonly loss: number;
  /** Share of training images predicted right, in [0, 1]. */
  readonly accuracy?: number;
  /** Mean cross-entropy of the test images. */
  readonly valLoss?: number;
  /** Share of test images predicted right, in [0, 1]. */
  readonly valAccuracy?: number;
  /** Of the last step. */
  readonly learningRate: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Share of the seconds in which steps waited for images, in [0, 1]. */
  readonly dataWait?: number;
}

/** The columns of `history.csv`, in their order, by the figure that each holds. */
const columns: Readonly<Record<keyof EpochFigures, string>> = {
  epoch: 'epoch',
  loss: 'loss',
  accuracy: 'accuracy',
  valLoss: 'val_loss',
  valAccuracy: 'val_accuracy',
  learningRate: 'learning_rate',
  seconds: 'seconds',
  imagesPerSecond: 'images_per_second',
  dataWait: 'data_wait',
};

/**
 * The history as CSV (RFC 4180): a header, always the same, and a row an epoch. Numbers have all their digits and a decimal point;
 * what was not measured is an empty field.
 */
export function historyCsv(history: readonly EpochFigures[]): string {
  const keys = Object.keys(columns) as (keyof EpochFigures)[];
  const rows = history.map((epoch) => keys.map((key) => epoch[key]));
  return csv([keys.map((key) => columns[key]), ...rows]);
}
