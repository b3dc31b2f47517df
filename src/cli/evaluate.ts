/** `evaluate`: how well a model classifies the images of a test folder. */
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { batches } from '../data/batches.ts';
import { nameNumbered } from '../data/class-names.ts';
import { relabel, scanImageFolder } from '../data/image-folder.ts';
import { PictureCache } from '../data/picture-cache.ts';
import { writeFileWhole } from '../data/write-file.ts';
import { classify } from '../explain/classify.ts';
import { loadFullModel, loadHalfModel } from '../load-model.ts';
import { classificationReport } from '../metrics/classification.ts';
import type { ModelType } from '../models/model.ts';
import { formatClassification } from '../report/classification-text.ts';
import type { Device } from '../runtime/session.ts';
import { inFolder } from './files.ts';
import {
  classesOption,
  deviceOption,
  type GivenKerasOptions,
  imageSize,
  inputScaleOption,
  kerasOptions,
  whole,
} from './options.ts';
import { CountingBar, count } from './progress.ts';

interface EvaluateOptions extends GivenKerasOptions {
  dataDir: string;
  type: ModelType;
  halfWeightDir?: string;
  weightDir?: string;
  imSize?: number;
  batchSize: number;
  json?: string;
  device: Device;
}

export function evaluateCommand(): Command {
  const command: Command = new Command('evaluate')
    .usage('--data-dir DIR --type half|full (--half-weight-dir|--weight-dir) FILE [options]')
    .description('classify the images of DIR/test: accuracy, precision, recall, F1')
    .requiredOption('--data-dir <dir>', 'the images: DIR/test/CLASS/*.jpg')
    .addOption(
      new Option('--type <type>', 'the kind of model').choices(['half', 'full']).makeOptionMandatory(),
    )
    .option('--half-weight-dir <file>', 'a half model, .onnx or Keras .h5')
    .option('--weight-dir <file>', 'a model of the kind that --type names, likewise')
    .option(
      '--im-size <n>',
      'the size at which the model looks, a multiple of 32; default: the one it was trained at',
      imageSize,
    )
    .addOption(classesOption())
    .addOption(inputScaleOption())
    .option('--batch-size <n>', 'images a pass', whole(1), 32)
    .option('--json <file>', 'write everything there, the prediction for each image too')
    .addOption(deviceOption())
    .action(async (options: EvaluateOptions) => {
      const { type, weightDir, halfWeightDir } = options;
      const path = weightDir ?? (type === 'half' ? halfWeightDir : undefined);
      if (path === undefined) {
        command.error(`error: --type ${type} needs --${type === 'half' ? 'half-' : ''}weight-dir FILE`);
      }
      if (weightDir !== undefined && halfWeightDir !== undefined) {
        command.error('error: --half-weight-dir and --weight-dir are two models; one is evaluated');
      }
      await inFolder(dirname(options.json ?? ''), () => evaluate(path, options));
    });
  return command;
}

async function evaluate(path: string, options: EvaluateOptions): Promise<void> {
  const { dataDir, type, imSize, batchSize, json, device } = options;
  const { classes: names, inputScale } = options;
  const keras = await kerasOptions({ classes: names, inputScale, imSize });
  const model = await (type === 'half' ? loadHalfModel : loadFullModel)(path, { device, keras });
  const split = await scanImageFolder(join(dataDir, 'test'));
  const classes = nameNumbered(model.classes, split.classes);
  const test = relabel(split, classes);
  const cache = new PictureCache(0);
  const channels = model.channels as 1 | 3;
  const start = performance.now();
  const passes = batches(test, { size: imSize ?? model.imSize, channels, batchSize, cache });
  const bar = new CountingBar('images');
  const { labels, predictions, probabilities, paths, loss } = await classify(model, passes, (done) =>
    bar.update(done, test.samples.length),
  ).finally(() => bar.stop());
  const seconds = (performance.now() - start) / 1000;
  await model.release();

  const report = classificationReport(labels, predictions, classes);
  for (const { message } of cache.unreadable.values()) console.error(`skipped ${message}`);
  console.log(formatClassification(report, { title: `${path} (${type}) on ${dataDir}/test`, loss, seconds }));
  if (cache.unreadable.size > 0) console.log(`${count(cache.unreadable.size, 'unreadable image')} skipped`);
  if (json === undefined) return;
  const m = classes.length;
  const images = paths.map((image, i) => ({
    image,
    label: labels[i],
    prediction: predictions[i],
    probabilities: Array.from(probabilities.subarray(i * m, (i + 1) * m)),
  }));
  const skipped = Object.fromEntries(
    [...cache.unreadable].map(([file, error]) => [file, error.message.replace(`${file}: `, '')]),
  );
  const everything = {
    model: path,
    type,
    data: dataDir,
    loss,
    ...report,
    skipped,
    images,
  };
  await writeFileWhole(json, `${JSON.stringify(everything, null, 1)}\n`);
}
