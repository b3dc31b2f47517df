/** `train half`, `train full`: from a folder of images to model files. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { type Batch, batchCount, batches } from '../data/batches.ts';
import { type Dataset, openDataset } from '../data/image-folder.ts';
import { PictureCache } from '../data/picture-cache.ts';
import { readBytes } from '../data/read-file.ts';
import { cannotWrite, writeFileWhole } from '../data/write-file.ts';
import { classify } from '../explain/classify.ts';
import { HalfModel } from '../explain/half-model.ts';
import {
  initializeWeights,
  type Model,
  type ModelConfig,
  type ModelType,
  transferWeights,
} from '../models/model.ts';
import { decodeModel, encodeModel } from '../models/model-file.ts';
import { createSession } from '../runtime/node.ts';
import type { Device } from '../runtime/session.ts';
import { random } from '../tensor/random.ts';
import { type EpochRecord, train } from '../train/loop.ts';
import { adadelta } from '../train/optimizers.ts';
import { fullStep, halfStep } from '../train/step.ts';
import { encodeFileHeader, encodeScalars, eventFileName } from '../train/tensorboard.ts';
import { inFolder } from './files.ts';
import { channels, deviceOption, imageSize, real, resultsName, whole } from './options.ts';
import { count, duration, TrainingProgress } from './progress.ts';

interface TrainCommandOptions {
  dataDir: string;
  resultsName: string;
  epochs: number;
  batchSize: number;
  imSize?: number;
  channels?: 1 | 3;
  numClasses?: number;
  halfWeightDir?: string;
  learningRate: number;
  augment: boolean;
  seed: number;
  device: Device;
}

export function trainCommand(): Command {
  const command = new Command('train').description('train a model on a folder of images');
  const half = command
    .command('half')
    .usage('--data-dir DIR --results-name NAME [options]')
    .description('train the localisation network: it classifies, and shows where at 1/16 of the size')
    .option('--half-weight-dir <file>', 'a half model to go on from');
  const full = command
    .command('full')
    .usage('--data-dir DIR --results-name NAME --half-weight-dir FILE [options]')
    .description(
      'train the expansion network on top of a trained half model, whose predictions stay as they are',
    )
    .requiredOption('--half-weight-dir <file>', 'the trained half model');
  for (const [type, sub] of [
    ['half', half],
    ['full', full],
  ] as const) {
    sub
      .requiredOption('--data-dir <dir>', 'the images: DIR/{train,test}/CLASS/*.jpg')
      .requiredOption('--results-name <name>', 'results go to results/NAME, logs to logs/NAME', resultsName)
      .option('--epochs <n>', 'passes over the training images', whole(1), 50)
      .option('--batch-size <n>', 'images a step', whole(1), 16)
      .option(
        '--im-size <n>',
        'height and width of the images, a multiple of 32 (default 224, or as the half model)',
        imageSize,
      )
      .option('--channels <n>', '3: RGB; 1: grey (default 3, or as the half model)', channels)
      .option('--num-classes <n>', 'checked against the folders, which are counted in any case', whole(2))
      .option('--learning-rate <r>', "Adadelta's rate at the start", real(0, 100), 1)
      .option('--no-augment', 'show the images as they are, without random affine transforms and flips')
      .option('--seed <n>', 'seed of weights, order and augmentation', whole(0, 2 ** 31 - 1), 0)
      .addOption(deviceOption())
      .action((options: TrainCommandOptions) => run(type, options));
  }
  return command;
}

async function run(type: ModelType, options: TrainCommandOptions): Promise<void> {
  const dataset = await openDataset(options.dataDir);
  const start = await startModel(type, dataset, options);
  const results = join('results', options.resultsName);
  const logs = join('logs', options.resultsName);
  await inFolder(results, () => inFolder(logs, () => trainInto({ results, logs }, dataset, start, options)));
}

/** Where training starts; `fresh` when the trained batch norms have no statistics yet. */
interface Start {
  model: Model;
  fresh: boolean;
}

async function trainInto(
  { results, logs }: { results: string; logs: string },
  dataset: Dataset,
  { model, fresh }: Start,
  options: TrainCommandOptions,
): Promise<void> {
  const began = performance.now();
  const { type, classes, imSize } = model;
  const { epochs, device, seed } = options;
  const images = dataset.train.samples.length;
  const test = type === 'half' ? dataset.test : undefined;
  const batchSize = Math.min(options.batchSize, images);
  if (batchSize < options.batchSize) {
    console.error(
      `batch size ${batchSize} instead of ${options.batchSize}: there are no more training images`,
    );
  }
  const validation = test
    ? `validated on ${test.samples.length}`
    : `not validated (${options.dataDir} has no folder test)`;
  console.log(
    `train ${type}: ${count(images, 'image')} of ${classes.length} classes${type === 'half' ? `, ${validation}` : ''}; ` +
      `${imSize} x ${imSize}, batch ${batchSize}, ${count(epochs, 'epoch')}, device ${device}`,
  );

  const optimizer = adadelta({ learningRate: options.learningRate });
  const step = (type === 'half' ? halfStep : fullStep)(model, { batchSize, optimizer });
  const order = random(seed + 1);
  const augment = random(seed + 2);
  const cache = new PictureCache();
  const progress = new TrainingProgress(epochs, batchCount(images, batchSize, true));
  const reading = {
    size: imSize,
    channels: model.channels as 1 | 3,
    cache,
    onUnreadable: (_: string, { message }: Error) => progress.note(`skipped ${message}`),
  };
  const log = tensorboardLog(logs);
  let bestEpoch = 0;
  await train({
    step,
    createSession,
    device,
    epochs,
    freshStatistics: fresh,
    batches: () =>
      batches(dataset.train, {
        ...reading,
        batchSize,
        shuffle: order,
        augment: options.augment ? augment : undefined,
        dropLast: true,
      }),
    validate: test && ((trained) => validate(trained, batches(test, { ...reading, batchSize: 32 }), device)),
    onStep: (report) => progress.step(report),
    onEpoch: async (trained, history, best) => {
      const record = history[history.length - 1];
      progress.epoch(record, best);
      if (best) bestEpoch = record.epoch;
      const bytes = encodeModel({ ...trained, training: describe(type, options, record) });
      await writeFileWhole(join(results, 'last_weights.onnx'), bytes);
      if (best) await writeFileWhole(join(results, 'best_weights.onnx'), bytes);
      const text = JSON.stringify({ type, epochs: history }, null, 2);
      await writeFileWhole(join(results, 'history.json'), `${text}\n`);
      await log(record);
    },
  }).finally(() => progress.stop());
  const skipped = cache.unreadable.size;
  if (skipped > 0) console.log(`${count(skipped, 'unreadable image')} skipped`);
  const time = duration((performance.now() - began) / 1000);
  console.log(
    `done in ${time}; the best weights, of epoch ${bestEpoch}: ${join(results, 'best_weights.onnx')}`,
  );
}

/** Mean loss and share of images predicted right. */
async function validate(
  model: Model,
  images: AsyncIterable<Batch>,
  device: Device,
): Promise<{ loss: number; accuracy: number }> {
  const half = await HalfModel.load(encodeModel(model), createSession, { device });
  const { labels, predictions, loss } = await classify(half, images);
  await half.release();
  return { loss, accuracy: labels.filter((label, i) => label === predictions[i]).length / labels.length };
}

async function startModel(
  type: ModelType,
  { classes, train: { dir } }: Dataset,
  options: TrainCommandOptions,
): Promise<Start> {
  const { numClasses, halfWeightDir, seed } = options;
  if (classes.length < 2)
    throw new Error(`${dir}: at least 2 class folders are needed, got 1 (${classes[0]})`);
  if (numClasses !== undefined && numClasses !== classes.length) {
    throw new Error(`--num-classes is ${numClasses}, but ${dir} has ${classes.length} class folders`);
  }
  const half =
    halfWeightDir === undefined
      ? undefined
      : decodeModel(await readBytes(halfWeightDir), halfWeightDir, 'half');
  if (half && String(half.classes) !== String(classes)) {
    throw new Error(
      `${halfWeightDir}: its classes (${list(half.classes)}) are not those of ${dir} (${list(classes)})`,
    );
  }
  const channels = options.channels ?? half?.channels ?? 3;
  if (half && half.channels !== channels) {
    throw new Error(`${halfWeightDir}: --channels is ${half.channels} for this model, got ${channels}`);
  }
  const config: ModelConfig = { type, classes, channels, imSize: options.imSize ?? half?.imSize ?? 224 };
  const fresh = initializeWeights(config, random(seed));
  const weights = half ? transferWeights(half.weights, fresh) : fresh;
  return { model: { ...config, weights }, fresh: type === 'full' || !half };
}

function describe(
  type: ModelType,
  options: TrainCommandOptions,
  record: EpochRecord,
): Record<string, unknown> {
  const { epochs, batchSize, learningRate, augment, seed } = options;
  const { epoch, loss, accuracy, valAccuracy } = record;
  return {
    type,
    optimizer: 'adadelta',
    epochs,
    batchSize,
    learningRate,
    augment,
    seed,
    epoch,
    loss,
    accuracy,
    valAccuracy,
  };
}

/** `cat, dog, fox` */
function list(classes: readonly string[]): string {
  return `${classes.length}: ${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', ...' : ''}`;
}

/** A new TensorBoard log in a folder, begun with the first epoch; the function adds an epoch to it. */
function tensorboardLog(folder: string): (record: EpochRecord) => Promise<void> {
  const now = (): number => Date.now() / 1000;
  const path = join(folder, eventFileName(now()));
  const append = (bytes: Uint8Array): Promise<void> =>
    appendFile(path, bytes).catch((error) => {
      throw cannotWrite(path, error);
    });
  return async (record) => {
    if (record.epoch === 1) await append(encodeFileHeader(now()));
    await append(
      encodeScalars(now(), record.epoch, {
        'loss/train': record.loss,
        'loss/validation': record.valLoss,
        'accuracy/train': record.accuracy,
        'accuracy/validation': record.valAccuracy,
        learning_rate: record.learningRate,
        images_per_second: record.imagesPerSecond,
      }),
    );
  };
}
