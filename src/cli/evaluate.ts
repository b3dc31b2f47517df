/** `evaluate`: how well a model classifies the images of a test folder. */
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { batches } from '../data/batches/batches.ts';
import { PictureCache } from '../data/batches/picture-cache.ts';
import type { ClassGroups } from '../data/dataset/class-groups.ts';
import type { LabelledSplit } from '../data/dataset/class-links.ts';
import { nameNumbered } from '../data/dataset/class-names.ts';
import { type ImageFolder, type Sample, scanImageFolder } from '../data/dataset/image-folder.ts';
import { writeFileWhole } from '../data/files/write-file.ts';
import type { ValueRange } from '../data/picture/value-range.ts';
import { isStream } from '../data/streams/open-containers.ts';
import { streamBatches } from '../data/streams/stream-batches.ts';
import type { CamModel } from '../explain/cam-model.ts';
import { type Classified, classifyWithEach } from '../explain/classify.ts';
import { loadFullModel, loadHalfModel, loadModel } from '../load-model.ts';
import { agreement } from '../metrics/agreement.ts';
import { classificationReport } from '../metrics/classification.ts';
import { topKAccuracy, trueClassRanks } from '../metrics/top-k.ts';
import type { ModelType } from '../models/model.ts';
import {
  classesCsv,
  confusionCsv,
  type EvaluatedImage,
  type Evaluation,
  evaluationJson,
  predictionsCsv,
  summaryCsv,
} from '../report/evaluation.ts';
import { evaluationReport } from '../report/evaluation-report.ts';
import { formatEvaluation } from '../report/evaluation-text.ts';
import type { Device } from '../runtime/session.ts';
import { count } from '../text/count.ts';
import { nfc } from '../text/nfc.ts';
import { printable } from '../text/printable.ts';
import { CountingBar } from './counting-bar.ts';
import { inFolder } from './files.ts';
import { labelledSplit, labelMapOption } from './folder-classes.ts';
import { labelledStream } from './labelled-stream.ts';
import { sayFolder } from './left-out-text.ts';
import {
  deviceOption,
  type GivenModelOptions,
  gpuOption,
  imageSizeOption,
  modelOptions,
  readOptions,
  valueRangeOption,
  whole,
} from './options.ts';
import { firstNote } from './picture-notes.ts';
import { chosenOnIn, howManyChose } from './training/chosen-on.ts';
import { explainMistakes } from './worst-mistakes.ts';

interface EvaluateOptions extends GivenModelOptions {
  dataDir: string;
  type?: ModelType;
  halfWeightDir?: string;
  weightDir?: string;
  labelMap?: string;
  batchSize: number;
  topK: number;
  valueRange?: ValueRange;
  out?: string;
  json?: string;
  device: Device;
}

export function evaluateCommand(): Command {
  const command: Command = new Command('evaluate')
    .usage('--data-dir DIR (--weight-dir|--half-weight-dir) FILE [options]')
    .description(
      'evaluate a classifier on the images of DIR/test: accuracy, precision, recall, F1, and its mistakes',
    )
    .requiredOption(
      '--data-dir <dir>',
      'the images: DIR/test/CLASS/*.jpg; or tars, Parquet files or a list, with classes, such as shards-{000..099}.tar',
    )
    .addOption(
      new Option('--type <type>', 'required kind of model; default: the kind in the file').choices([
        'half',
        'full',
      ]),
    )
    .option('--weight-dir <file>', 'the model, .onnx or Keras .h5, or any ONNX image classifier')
    .option(
      '--half-weight-dir <file>',
      'a half model; given with a full model, the two are compared image by image',
    )
    .addOption(labelMapOption())
    .addOption(imageSizeOption())
    .addOption(valueRangeOption())
    .option('--batch-size <n>', 'images per pass', whole(1), 32)
    .option(
      '--top-k <k>',
      'k of the top-k accuracy: the true class is among the k most probable',
      whole(1),
      5,
    )
    .option('--out <dir>', 'folder for a browser page with the worst mistakes, tables (CSV) and JSON')
    .option('--json <file>', 'file for all results as JSON, including the prediction for each image')
    .addOption(deviceOption())
    .addOption(gpuOption())
    .action(async (options: EvaluateOptions) => {
      const { type, weightDir, halfWeightDir, out, json } = options;
      const given = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
      const one = given('weightDir');
      const half = given('halfWeightDir');
      if (type === 'half' && one && half) {
        command.error('error: with --type half, --half-weight-dir and --weight-dir exclude each other');
      }
      // When the command line does not have both models, use the one it has, else the one of the requested
      // kind.
      const halfFirst = type === 'half' ? !one : type === undefined && half && !one;
      const path = halfFirst ? (halfWeightDir ?? weightDir) : weightDir;
      const found = type === undefined ? (path ?? halfWeightDir) : path;
      if (found === undefined) {
        const needed = type === undefined ? 'a model is needed:' : `--type ${type} needs`;
        command.error(`error: ${needed} --${type === 'half' ? 'half-' : ''}weight-dir FILE`);
      }
      // The half model is compared only when requested, not when it comes from the environment or the project
      // file.
      const comparedWith = half && !halfFirst ? halfWeightDir : undefined;
      await inFolder(out ?? '.', () =>
        inFolder(dirname(json ?? ''), () => run(found, { ...options, halfWeightDir: comparedWith })),
      );
    });
  for (const option of modelOptions()) command.addOption(option);
  return command;
}

/** A model and its file. */
interface Opened {
  readonly path: string;
  readonly model: CamModel;
}

async function run(path: string, options: EvaluateOptions): Promise<void> {
  const { halfWeightDir, device, out, json } = options;
  const loading = { device, ...readOptions(options) };
  // A half model is compared with a full model.
  const { type = halfWeightDir === undefined ? undefined : 'full' } = options;
  const load = type === undefined ? loadModel : type === 'half' ? loadHalfModel : loadFullModel;
  const model = await load(path, loading);
  const half =
    halfWeightDir !== undefined
      ? { path: halfWeightDir, model: await loadHalfModel(halfWeightDir, loading) }
      : undefined;
  if (half) checkAlike({ path, model }, half);

  const { evaluation, groups } = await evaluate({ path, model }, half, options);
  const { skipped = [] } = evaluation;
  for (const [file, reason] of skipped) console.error(printable(`skipped ${file}: ${reason}`));
  console.log(formatEvaluation(evaluation));
  if (skipped.length > 0) console.log(`${count(skipped.length, 'unreadable image')} skipped`);

  if (json !== undefined) await writeFileWhole(json, evaluationJson(evaluation));
  if (out !== undefined) {
    const again = !isStream(options.dataDir);
    if (!again) console.error('note: the page shows no mistakes: pictures of a stream are not read again');
    for (const [name, content] of Object.entries(
      await filesOf(model, evaluation, groups, options.valueRange, again),
    )) {
      await writeFileWhole(join(out, name), content);
    }
    console.log(`the page, for a browser: ${join(out, page)}`);
  }
  await Promise.all([model.release(), half?.model.release()]);
}

/** @throws when the half model has other classes than the full one, or takes other images */
function checkAlike(full: Opened, half: Opened): void {
  const [ours, theirs] = [half.model.classes, full.model.classes];
  if (ours.length !== theirs.length || ours.some((name, c) => nfc(name) !== nfc(theirs[c]))) {
    const some = (names: readonly string[]): string =>
      `${names.length}: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''}`;
    throw new Error(
      `${half.path}: its classes (${some(ours)}) are not those of ${full.path} (${some(theirs)})`,
    );
  }
  if (half.model.channels !== full.model.channels) {
    throw new Error(
      `${half.path}: its images have ${count(half.model.channels, 'channel')}, those of ${full.path} have ${full.model.channels}`,
    );
  }
}

/**
 * An evaluation. `groups` lists the model's classes behind each of its names; absent when the names are the
 * model's classes.
 */
interface Evaluated {
  readonly evaluation: Evaluation;
  readonly groups?: ClassGroups;
}

/**
 * Classifies the test images at the model's size; a half model, if given, gets the same batches. Where a
 * folder contains several classes, all figures are about folders: a folder is as probable as its most
 * probable class, the predicted folder is that of the most probable class, and classes without a folder
 * together are `other`.
 */
async function evaluate(
  { path, model }: Opened,
  half: Opened | undefined,
  { dataDir, labelMap, imSize = model.imSize, batchSize, topK, valueRange, device }: EvaluateOptions,
): Promise<Evaluated> {
  const { channels, type, crop } = model;
  const streamed = isStream(dataDir);
  const cache = new PictureCache(0);
  const asBatches = {
    size: imSize,
    channels: channels as 1 | 3,
    crop,
    valueRange,
    batchSize,
    onNote: firstNote((line) => console.error(`note: ${line}`)),
  };
  const stream = streamed ? await labelledStream(dataDir, model.classes, labelMap) : undefined;
  const {
    samples,
    names: classes,
    groups,
    count: all,
    test,
  } = stream ? { ...stream, samples: [], test: undefined } : await labelledFolder(dataDir, model, labelMap);
  const start = performance.now();
  const passes = stream
    ? streamBatches(stream.stream.read(), {
        ...asBatches,
        labelOf: stream.labelOf,
        onUnreadable: (path, error) => cache.unreadable.set(path, error),
      })
    : batches(test as ImageFolder, { ...asBatches, cache });
  const bar = new CountingBar('images');
  const models = half ? [model, half.model] : [model];
  const [classified, byHalf] = await classifyWithEach(
    models,
    passes,
    (done) => bar.update(done, all),
    groups,
  ).finally(() => bar.stop());
  const seconds = (performance.now() - start) / 1000;

  const { labels, predictions, probabilities, loss } = classified;
  const k = Math.min(topK, classes.length);
  const evaluation: Evaluation = {
    model: path,
    type,
    imSize,
    crop,
    channels,
    data: streamed ? dataDir : `${dataDir}/test`,
    device,
    seconds,
    report: classificationReport(labels, predictions, classes),
    topK: { k, accuracy: topKAccuracy(labels, probabilities, classes.length, k) },
    loss,
    halfAndFull: half && {
      half: half.path,
      ...agreement(byHalf.probabilities, probabilities, classes.length),
    },
    choseWeights: await choseWeights(model, samples),
    skipped: [...cache.unreadable].map(([file, error]) => [file, error.reason]),
    images: imagesOf(classified, classes.length),
  };
  return { evaluation, groups };
}

/** The labelled test images of a folder. */
async function labelledFolder(
  dataDir: string,
  model: CamModel,
  labelMap: string | undefined,
): Promise<Omit<LabelledSplit, 'split'> & { samples: readonly Sample[]; count: number; test: ImageFolder }> {
  const found = await scanImageFolder(join(dataDir, 'test'), { empty: 'leave out' });
  sayFolder(found);
  const named = labelMap === undefined ? nameNumbered(model.classes, found.classes) : model.classes;
  const { split, ...labelled } = await labelledSplit(found, named, labelMap);
  return { ...labelled, samples: found.samples, count: split.samples.length, test: split };
}

/** How many of these images also chose the model's weights, if its file contains that. */
async function choseWeights(
  { training }: CamModel,
  samples: readonly Sample[],
): Promise<Evaluation['choseWeights']> {
  const chosen = chosenOnIn(training);
  const found = chosen ? await howManyChose(chosen, samples) : 0;
  return chosen && found > 0 ? { found, all: chosen.images } : undefined;
}

function imagesOf({ paths, labels, predictions, probabilities }: Classified, m: number): EvaluatedImage[] {
  const ranks = trueClassRanks(labels, probabilities, m);
  return paths.map((path, i) => ({
    path,
    label: labels[i],
    prediction: predictions[i],
    rank: ranks[i],
    probabilities: probabilities.subarray(i * m, (i + 1) * m),
  }));
}

const page = 'evaluation.html';

/** The files of `--out`, by name. */
async function filesOf(
  model: CamModel,
  evaluation: Evaluation,
  groups: ClassGroups | undefined,
  valueRange: ValueRange | undefined,
  withMistakes: boolean,
): Promise<Record<string, string>> {
  const bar = new CountingBar('worst mistakes');
  const explained = withMistakes
    ? explainMistakes(model, evaluation, { groups, valueRange }, (done, total) => bar.update(done, total))
    : Promise.resolve([]);
  const mistakes = await explained.finally(() => bar.stop());
  return {
    'evaluation.json': evaluationJson(evaluation),
    'summary.csv': summaryCsv(evaluation),
    'classes.csv': classesCsv(evaluation.report),
    'confusion.csv': confusionCsv(evaluation.report),
    'predictions.csv': predictionsCsv(evaluation),
    [page]: evaluationReport(evaluation, mistakes),
  };
}
