import type { EpochRecord } from '../../train/progress.ts';
import { encodeScalars } from '../../train/tensorboard.ts';

/** An epoch's figures as a record of TensorBoard's. @param time in seconds since 1970 */
export function encodeEpoch(record: EpochRecord, time: number = Date.now() / 1000): Uint8Array {
  return encodeScalars(time, record.epoch, {
    'loss/train': record.loss,
    'loss/validation': record.valLoss,
    'accuracy/train': record.accuracy,
    'accuracy/validation': record.valAccuracy,
    learning_rate: record.learningRate,
    images_per_second: record.imagesPerSecond,
    data_wait: record.dataWait,
  });
}
