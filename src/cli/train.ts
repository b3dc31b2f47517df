/** `train half`, `train full`: from a folder of images to model files. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { batchCount, batches } from '../data/batches.ts';
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
import { makeFolder } from './files.ts';
import { channelsOption, deviceOption, imageSize, real, whole } from './options.ts';
import { TrainingProgress } from './progress.ts';

interface TrainCommandOptions {
  dataDir: string;
  resultsName: string;
  epochs: number;
  batchSize: number;
  imSize?: number;
  channels: 1 | 3;
  numClasses?: number;
  halfWeightDir?: string;
  learningRate: number;
  seed: number;
  device: Device;
}

export function trainCommand(): Command {
  const command = new Command('train').description('train a model on a folder of images');
  const half = command
    .command('half')
    .description('train the localisation network: it classifies, and shows where at 1/16 of the size')
    .option('--half-weight-dir <file>', 'a half model to go on from');
  const full = command
    .command('full')
    .description(
      'train the expansion network on top of a trained half model, whose predictions stay as they are',
    )
    .requiredOption('--half-weight-dir <file>', 'the trained half model');
  for (const [type, sub] of [
    ['half', half],
    ['full', full],
  ] as const) {
    sub
      .requiredOption('--data-dir <dir>', 'the images: dir/{train,test}/CLASS/*.jpg')
      .requiredOption('--results-name <name>', 'results go to results/NAME, logs to logs/NAME')
      .option('--epochs <n>', 'passes over the training images', whole(1), 50)
      .option('--batch-size <n>', 'images a step', whole(1), 16)
      .option(
        '--im-size <n>',
        'height and width of the images, a multiple of 32 (default 224, or as the half model)',
        imageSize,
      )
      .addOption(channelsOption())
      .option('--num-classes <n>', 'checked against the folders, which are counted in any case', whole(2))
      .option('--learning-rate <r>', "Adadelta's rate at the start", real(0, 100), 1)
      .option('--seed <n>', 'seed of weights, order and augmentation', whole(0, 2 ** 31 - 1), 0)
      .addOption(deviceOption())
      .action((options: TrainCommandOptions) => run(type, options));
  }
  return command;
}

async function run(type: ModelType, options: TrainCommandOptions): Promise<void> {
  const dataset = await openDataset(options.dataDir);
  const start = await startModel(type, dataset, options);
  const { model } = start;
  const images = dataset.train.samples.length;
  const batchSize = Math.min(options.batchSize, images);
  if (batchSize < options.batchSize)
    console.error(`batch size ${batchSize}: there are no more training images`);

  const optimizer = adadelta({ learningRate: options.learningRate });
  const step = (type === 'half' ? halfStep : fullStep)(model, model.weights, { batchSize, optimizer });
  const results = join('results', options.resultsName);
  const log = await openLog(join('logs', options.resultsName));
  await makeFolder(results);

  const order = random(options.seed + 1);
  const augment = random(options.seed + 2);
  const cache = new PictureCache();
  const unreadable = (path: string, error: Error): void => progress.note(`skipped ${path}: ${error.message}`);
  const reading = { size: model.imSize, channels: options.channels, cache, onUnreadable: unreadable };
  const progress = new TrainingProgress(options.epochs, batchCount(images, batchSize, true));
  const { test } = dataset;
  console.log(
    `train ${type}: ${images} images of ${model.classes.length} classes${test ? `, ${test.samples.length} to validate on` : ', no folder test: not validated'}; ` +
      `${model.imSize} x ${model.imSize}, batch ${batchSize}, ${options.epochs} epochs, device ${options.device}`,
  );

  const history = await train({
    model,
    step,
    createSession,
    device: options.device,
    epochs: options.epochs,
    learningRate: optimizer.learningRate,
    freshStatistics: start.fresh,
    batches: () => batches(dataset.train, { ...reading, batchSize, shuffle: order, augment, dropLast: true }),
    validate:
      type === 'half' && test
        ? async (trained) => {
            const half = await HalfModel.load(encodeModel(trained), createSession);
            const { labels, predictions, loss } = await classify(
              half,
              batches(test, { ...reading, batchSize: 32 }),
            );
            await half.release();
            return {
              loss,
              accuracy: labels.filter((label, i) => label === predictions[i]).length / labels.length,
            };
          }
        : undefined,
    onStep: (report) => progress.step(report),
    onEpoch: async (trained, epochs, best) => {
      const record = epochs[epochs.length - 1];
      progress.epoch(record, best);
      const bytes = encodeModel({ ...trained, training: describe(type, options, record) });
      await writeFileWhole(join(results, 'last_weights.onnx'), bytes);
      if (best) await writeFileWhole(join(results, 'best_weights.onnx'), bytes);
      await writeFileWhole(join(results, 'history.json'), `${JSON.stringify({ type, epochs }, null, 2)}\n`);
      await log(record);
    },
  });
  const skipped = cache.unreadable.size;
  if (skipped > 0) console.log(`${skipped} unreadable images were skipped`);
  const seconds = history.reduce((sum, { seconds }) => sum + seconds, 0);
  console.log(`done in ${Math.round(seconds)} s: ${join(results, 'best_weights.onnx')}`);
}

/** The model that training starts from; `fresh` when the trained batch norms have no statistics yet. */
async function startModel(
  type: ModelType,
  { classes }: Dataset,
  options: TrainCommandOptions,
): Promise<{ model: Model; fresh: boolean }> {
  const { numClasses, halfWeightDir, channels, seed } = options;
  if (numClasses !== undefined && numClasses !== classes.length) {
    throw new Error(
      `--num-classes is ${numClasses}, but ${options.dataDir} has ${classes.length} class folders`,
    );
  }
  const half =
    halfWeightDir === undefined
      ? undefined
      : decodeModel(await readBytes(halfWeightDir), halfWeightDir, 'half');
  if (half && String(half.classes) !== String(classes)) {
    throw new Error(
      `${halfWeightDir}: its ${half.classes.length} classes are not the ${classes.length} of ${options.dataDir}`,
    );
  }
  if (half && half.channels !== channels) {
    throw new Error(`${halfWeightDir}: made for ${half.channels} channels, --channels is ${channels}`);
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
  const { epochs, batchSize, learningRate, seed } = options;
  const { epoch, loss, accuracy, valAccuracy } = record;
  return {
    type,
    optimizer: 'adadelta',
    epochs,
    batchSize,
    learningRate,
    seed,
    epoch,
    loss,
    accuracy,
    valAccuracy,
  };
}

/** Opens a TensorBoard log; the function that comes back adds an epoch to it. */
async function openLog(folder: string): Promise<(record: EpochRecord) => Promise<void>> {
  await makeFolder(folder);
  const now = (): number => Date.now() / 1000;
  const path = join(folder, eventFileName(now()));
  const append = (bytes: Uint8Array): Promise<void> =>
    appendFile(path, bytes).catch((error) => {
      throw cannotWrite(path, error);
    });
  await append(encodeFileHeader(now()));
  return (record) =>
    append(
      encodeScalars(now(), record.epoch, {
        'loss/train': record.loss,
        'loss/validation': record.valLoss,
        'accuracy/train': record.accuracy,
        'accuracy/validation': record.valAccuracy,
        learning_rate: record.learningRate,
        images_per_second: record.imagesPerSecond,
      }),
    );
}
