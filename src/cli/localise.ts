/** `localise`: how well maps show where the objects are, method by method. */
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { nameNumbered } from '../data/dataset/class-names.ts';
import { GroundTruthFolder } from '../data/dataset/ground-truth.ts';
import { type ImageFolder, relabel, scanImageFolder } from '../data/dataset/image-folder.ts';
import { writeFileWhole } from '../data/files/write-file.ts';
import { readAnyModel } from '../load-model.ts';
import { resampleWeights } from '../metrics/bootstrap.ts';
import { evaluationSize } from '../metrics/evaluation-map.ts';
import type { Faithfulness } from '../metrics/faithfulness.ts';
import {
  classLocalisation,
  differenceIntervals,
  localisationScores,
  type MapMeasures,
  type Resampled,
  resampleScores,
  scoreIntervals,
} from '../metrics/localisation.ts';
import {
  type Localisation,
  localisationJson,
  type MethodFigures,
  methodClassesCsv,
  methodImagesCsv,
  methodsCsv,
} from '../report/localisation.ts';
import { localisationReport } from '../report/localisation-report.ts';
import { formatLocalisation } from '../report/localisation-text.ts';
import type { Device } from '../runtime/session.ts';
import { count } from '../text/count.ts';
import { CountingBar } from './counting-bar.ts';
import { inFolder } from './files.ts';
import { examplesOf } from './localise/examples.ts';
import { evenlySpread, faithfulnessOfAll, faithfulnessSteps } from './localise/faithful.ts';
import { type Measured, measureAll } from './localise/measure.ts';
import {
  baseline,
  baselines,
  type MeasuredMethod,
  methodNames,
  type Opened,
  openForMethods,
  openMethods,
  usualMethods,
} from './localise/methods.ts';
import {
  deviceOption,
  type GivenModelOptions,
  imageSizeOption,
  modelOptions,
  pickRefineOptions,
  pipelineOptions,
  readOptions,
  whole,
} from './options.ts';

interface LocaliseOptions extends GivenModelOptions {
  dataDir: string;
  weightDir: string;
  methods?: string[];
  evalSize: number;
  faithfulness: number;
  resamples: number;
  seed: number;
  batchSize: number;
  out?: string;
  html?: string;
  json?: string;
  device: Device;
}

export function localiseCommand(): Command {
  const command = new Command('localise')
    .usage('--data-dir DIR --weight-dir FILE [--methods NAME,NAME] [options]')
    .description(
      'how well maps of DIR/test show where the objects are: boxes, pixels, pointing, faithfulness, method by method',
    )
    .requiredOption(
      '--data-dir <dir>',
      'the images, DIR/test/CLASS/*.jpg, with DIR/masks/test/CLASS/*.png, DIR/boxes.json, or both',
    )
    .requiredOption('--weight-dir <file>', 'a half or full model, .onnx or Keras .h5')
    .option(
      '--methods <names>',
      `with commas between: ${methodNames.join(', ')}; ${baselines.join(', ')} are always there; default: those, and of a full model high-res and refined`,
      methodList,
    )
    .addOption(imageSizeOption())
    .option(
      '--eval-size <n>',
      'height and width at which maps are measured, in pixels',
      whole(16, 4096),
      evaluationSize,
    )
    .option(
      '--faithfulness <n>',
      'measure faithfulness on at most so many images, spread over the classes; 0: not',
      whole(0),
      60,
    )
    .option('--resamples <n>', 'resamples of the images for 95 % intervals', whole(10, 1e6), 1000)
    .option('--seed <n>', 'seed of the resamples', whole(-(2 ** 31), 2 ** 32 - 1), 0)
    .option('--batch-size <n>', 'images a pass', whole(1), 32)
    .option('--out <dir>', 'write a page for a browser there, pictures in it, tables (CSV) and JSON')
    .option('--html <file>', 'write the page alone there')
    .option('--json <file>', 'write everything there, figures of each image too')
    .addOption(deviceOption())
    .action((options: LocaliseOptions) =>
      inFolder(options.out ?? '.', () =>
        inFolder(dirname(options.html ?? ''), () =>
          inFolder(dirname(options.json ?? ''), () => run(options)),
        ),
      ),
    );
  for (const option of [...modelOptions(), ...pipelineOptions()]) command.addOption(option);
  return command;
}

/** `refined,high-res` -> ['refined', 'high-res'] */
function methodList(text: string): string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.find((name) => !methodNames.includes(name));
  if (unknown !== undefined || names.length === 0) {
    throw new InvalidArgumentError(
      `${unknown === undefined ? 'At least one method is needed' : `'${unknown}' is no method`}; they are ${methodNames.join(', ')}.`,
    );
  }
  return names;
}

const page = 'localisation.html';

/** Everything that a run needs, opened. */
interface Setting {
  readonly opened: Opened;
  readonly methods: readonly MeasuredMethod[];
  readonly split: ImageFolder;
  readonly groundTruth: GroundTruthFolder;
  readonly imSize: number;
}

async function run(options: LocaliseOptions): Promise<void> {
  const setting = await open(options);
  const { methods, split, groundTruth, imSize, opened } = setting;
  const found = await localise(setting, options);
  const { skipped = [] } = found;
  for (const [file, reason] of skipped) console.error(`skipped ${file}: ${reason}`);
  console.log(formatLocalisation(found));
  if (skipped.length > 0) console.log(`${count(skipped.length, 'image')} skipped`);

  const { json, html, out, batchSize } = options;
  if (json !== undefined) await writeFileWhole(json, localisationJson(found));
  if (out !== undefined || html !== undefined) {
    const paths = found.images.map(({ path }) => path);
    const examples = await withBar('pictures', methods.length, (onDone) =>
      examplesOf(methods, found.methods, opened, split, groundTruth, paths, { imSize, batchSize }, onDone),
    );
    const report = localisationReport(found, examples);
    if (html !== undefined) await writePage(html, report);
    if (out !== undefined) {
      const files: Record<string, string> = {
        'localisation.json': localisationJson(found),
        'methods.csv': methodsCsv(found),
        'classes.csv': methodClassesCsv(found),
        'images.csv': methodImagesCsv(found),
      };
      for (const [name, content] of Object.entries(files)) await writeFileWhole(join(out, name), content);
      await writePage(join(out, page), report);
    }
  }
  await Promise.all([opened.half.release(), opened.full?.release()]);
}

async function writePage(path: string, report: string): Promise<void> {
  await writeFileWhole(path, report);
  console.log(`the page, for a browser: ${path}`);
}

async function open(options: LocaliseOptions): Promise<Setting> {
  const { dataDir, weightDir, imSize, device } = options;
  const groundTruth = await GroundTruthFolder.open(dataDir);
  const found = await scanImageFolder(join(dataDir, 'test'));
  const model = await readAnyModel(weightDir, readOptions(options));
  const named = { ...model, classes: nameNumbered(model.classes, found.classes) };
  const refineOptions = pickRefineOptions(options as unknown as Record<string, unknown>);
  const opened = await openForMethods(named, weightDir, device, refineOptions);
  return {
    opened,
    methods: await openMethods(options.methods ?? usualMethods(model), opened),
    split: relabel(found, named.classes),
    groundTruth,
    imSize: imSize ?? model.imSize,
  };
}

async function localise(setting: Setting, options: LocaliseOptions): Promise<Localisation> {
  const { opened, methods, split, groundTruth, imSize } = setting;
  const { evalSize, batchSize, resamples, seed } = options;
  const start = performance.now();
  const measured = await withBar('images', split.samples.length, (onDone) =>
    measureAll(methods, opened, split, groundTruth, { imSize, batchSize, evalSize }, onDone),
  );
  const { images } = measured;
  const chosen = evenlySpread(
    images.map(({ label }) => label),
    options.faithfulness,
  );
  const faithful = chosen.length === 0 ? undefined : await faithfulOf(setting, images, chosen, batchSize);
  return {
    model: options.weightDir,
    type: opened.model.type,
    imSize,
    evalSize,
    data: `${options.dataDir}/test`,
    device: options.device,
    seconds: (performance.now() - start) / 1000,
    classes: opened.model.classes,
    masks: measured.measures[0].filter(({ histogram }) => histogram).length,
    accuracy: images.filter(({ label, prediction }) => label === prediction).length / images.length,
    baseline,
    resamples,
    faithfulness: faithful && { images: chosen.length, steps: faithfulnessSteps },
    methods: await withBar('resampled methods', methods.length, (onDone) =>
      methodFigures(setting, measured, faithful, resampleWeights(images.length, resamples, seed), onDone),
    ),
    images,
    skipped: measured.skipped,
  };
}

function faithfulOf(
  { methods, opened, split, groundTruth, imSize }: Setting,
  images: Measured['images'],
  chosen: readonly number[],
  batchSize: number,
): Promise<Faithfulness[]> {
  const samples = chosen.map((i) => images[i]);
  return withBar('faithfulness', chosen.length, (onDone) =>
    faithfulnessOfAll(methods, opened, { ...split, samples }, groundTruth, { imSize, batchSize }, onDone),
  );
}

/** @param onDone told how many methods are resampled */
async function methodFigures(
  { methods, opened }: Setting,
  { images, measures, milliseconds }: Measured,
  faithful: readonly Faithfulness[] | undefined,
  weights: readonly Uint16Array[],
  onDone: (done: number) => void,
): Promise<MethodFigures[]> {
  const resampled: Resampled[] = [];
  for (const of of measures) {
    resampled.push(resampleScores(of, weights));
    onDone(resampled.length);
  }
  const base = methods.findIndex(({ name }) => name === baseline);
  return methods.map(({ name }, m) => {
    const of = measures[m];
    const scores = localisationScores(of);
    const { cuts } = scores.maxBoxAccV2;
    const byClass = (c: number): MapMeasures[] => of.filter((_, i) => images[i].label === c);
    return {
      name,
      milliseconds: milliseconds[m],
      scores,
      intervals: scoreIntervals(resampled[m]),
      difference: m === base ? undefined : differenceIntervals(resampled[m], resampled[base]),
      faithfulness: faithful?.[m],
      classes: opened.model.classes.map((_, c) => {
        const some = byClass(c);
        return some.length > 0 ? classLocalisation(some, cuts) : undefined;
      }),
      boxIous: of.map(({ boxIous }) => boxIous[cuts[1]]),
      points: of.map(({ points }) => points),
    };
  });
}

/** Work that tells how much of it is done, with a bar. */
async function withBar<T>(
  what: string,
  total: number,
  work: (onDone: (done: number) => void) => Promise<T>,
): Promise<T> {
  const bar = new CountingBar(what);
  return await work((done) => bar.update(done, total)).finally(() => bar.stop());
}
