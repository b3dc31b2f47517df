/** The figures of a training, epoch by epoch, and as a table for spreadsheets. */
import { csv } from './csv.ts';

/** One epoch. Figures that were not measured are absent. */
export interface EpochFigures {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss over the epoch's batches, with L2. */
  readonly loss: number;
  /** Share of correct predictions on training images, in [0, 1]. */
  readonly accuracy?: number;
  /** Mean cross-entropy of the validation images. */
  readonly valLoss?: number;
  /** Share of correct predictions on validation images, in [0, 1]. */
  readonly valAccuracy?: number;
  /** The learning rate of the last step. */
  readonly learningRate: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Share of the seconds that steps waited for images, in [0, 1]. */
  readonly dataWait?: number;
}

/** The columns of `history.csv`, in order, by their figures. */
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
 * The history as CSV (RFC 4180): a header, always the same, and a row for each epoch. Numbers have all their
 * digits and a decimal point; figures that were not measured are empty fields. Lines end with CR LF.
 * @example
 * ```ts
 * import { historyCsv } from 'high-res-mapping/report';
 *
 * const speed = { learningRate: 0.01, seconds: 8, imagesPerSecond: 150 };
 * const csv = historyCsv([
 *   { epoch: 1, loss: 0.75, accuracy: 0.5, ...speed },
 *   { epoch: 2, loss: 0.25, accuracy: 0.875, ...speed },
 * ]);
 * const [head, first] = csv.split('\r\n');
 * console.log(head.startsWith('epoch,loss,accuracy,val_loss,val_accuracy,learning_rate')); //=> true
 * console.log(first); //=> 1,0.75,0.5,,,0.01,8,150,
 * ```
 */
export function historyCsv(history: readonly EpochFigures[]): string {
  const keys = Object.keys(columns) as (keyof EpochFigures)[];
  const rows = history.map((epoch) => keys.map((key) => epoch[key]));
  return csv([keys.map((key) => columns[key]), ...rows]);
}
