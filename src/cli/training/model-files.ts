/** The model that a run starts from, and a model file's record of its training. */
import { basename } from 'node:path';
import { nameNumbered } from '../../data/dataset/class-names.ts';
import { readModel } from '../../load-model.ts';
import { initializeWeights, type Model, type ModelConfig, transferWeights } from '../../models/model.ts';
import { random } from '../../tensor/random.ts';
import { nfc } from '../../text/nfc.ts';
import type { EpochRecord } from '../../train/progress.ts';
import type { TrainingState } from '../../train/state-layout.ts';
import type { ChosenOn } from './chosen-on.ts';
import type { GivenOptions, RunOptions } from './run-options.ts';

/**
 * Reads a half model's file, of this project or of Keras, whose classes must equal those of the data.
 * @param dir the name of the data, for errors
 */
export async function readHalf(
  path: string,
  classes: readonly string[],
  dir: string,
  { imSize, inputScale }: GivenOptions,
): Promise<Model> {
  const half = await readModel(path, { type: 'half', imSize, inputScale });
  const names = nameNumbered(half.classes, classes);
  if (nfc(String(names)) !== nfc(String(classes))) {
    throw new Error(`${path}: its classes (${list(names)}) are not those of ${dir} (${list(classes)})`);
  }
  return { ...half, classes };
}

/** A model with the given weights where it has layers for them, and new weights elsewhere. */
export function startModel(
  { type, expansion, imSize, channels, seed }: RunOptions,
  classes: readonly string[],
  weights: TrainingState = new Map(),
): Model {
  if (expansion === 'transport') throw new Error('internal: transport goes with imported classifiers');
  const config: ModelConfig = { type, expansion, classes, imSize, channels };
  return { ...config, weights: transferWeights(weights, initializeWeights(config, random(seed))) };
}

/**
 * The record of the training in the model's file, for people. It does not depend on the clock.
 * @param chosen the pictures that chose these weights; absent: none
 */
export function describeTraining(
  options: RunOptions,
  record: EpochRecord,
  chosen?: ChosenOn,
): Record<string, unknown> {
  const {
    dataDir: _,
    halfWeightDir: _h,
    device: _d,
    uncheckedGpu: _u,
    checkpointMinutes: _c,
    strict: _s,
    ...rest
  } = options;
  const { imSize: _i, channels: _n, inputScale: _x, backbone, valDir, ...told } = rest;
  const { epoch, loss, accuracy, valAccuracy } = record;
  return {
    ...told,
    backbone: backbone && basename(backbone),
    valDir: valDir && basename(valDir),
    chosenOn: chosen,
    epoch,
    loss,
    accuracy,
    valAccuracy,
  };
}

/** Lists the classes: `3: cat, dog, fox`. */
function list(classes: readonly string[]): string {
  return `${classes.length}: ${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', ...' : ''}`;
}
