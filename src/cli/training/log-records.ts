/** The TensorBoard records of an epoch. */
import { type CamSample, drawCamSheet } from '../../render/cam-sheet.ts';
import { rasterize } from '../../render/rasterize.ts';
import type { EpochRecord } from '../../train/progress.ts';
import { encodeImages, encodeScalars } from '../../train/tensorboard.ts';

/**
 * The figures of an epoch.
 * @param time in seconds since 1970; default: now
 */
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

/**
 * Pictures with their maps, after an epoch.
 * @param samples at least one
 */
export function encodeSheet(
  epoch: number,
  samples: readonly CamSample[],
  time: number = Date.now() / 1000,
): Uint8Array {
  return encodeImages(time, epoch, { maps: rasterize(drawCamSheet(samples), { scale: 1 }) });
}
