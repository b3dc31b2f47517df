/** `localise`: measures how well the maps of each method show where the objects are. */
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { LabelledSplit } from '../data/dataset/class-links.ts';
import { nameNumbered } from '../data/dataset/class-names.ts';
import { GroundTruthFolder } from '../data/dataset/ground-truth.ts';
import { scanImageFolder } from '../data/dataset/image-folder.ts';
import { writeFileWhole } from '../data/files/write-file.ts';
import type { MaskOptions } from '../data/ground-truth/mask-rule.ts';
import type { ValueRange } from '../data/picture/value-range.ts';
import { isStream } from '../data/streams/open-containers.ts';
import { FileError } from '../errors/file-error.ts';
import { type AnyModel, readAnyModel } from '../load-model.ts';
import { differenceIntervals, resampleWeights, scoreIntervals } from '../metrics/bootstrap.ts';
import { evaluationSize } from '../metrics/evaluation-map.ts';
import type { Faithfulness } from '../metrics/faithfulness.ts';
import { type GridPointing, gridScores, resampleGrid } from '../metrics/grid-pointing.ts';
import {
  classLocalisation,
  localisationScores,
  type MapMeasures,
  resampleScores,
} from '../metrics/localisation.ts';
import {
  type Localisation,
  localisationJson,
  type MethodFigures,
  type MosaicGrid,
  methodClassesCsv,
  methodImagesCsv,
  methodMosaicsCsv,
  methodsCsv,
} from '../report/localisation.ts';
import { localisationReport } from '../report/localisation-report.ts';
import { formatLocalisation } from '../report/localisation-text.ts';
import type { Device } from '../runtime/session.ts';
import { random } from '../tensor/random.ts';
import { count } from '../text/count.ts';
import { printable } from '../text/printable.ts';
import { CountingBar } from './counting-bar.ts';
import { inFolder } from './files.ts';
import { labelledSplit, labelMapOption } from './folder-classes.ts';
import { linkedLabels } from './labelled-stream.ts';
import { sayFolder } from './left-out-text.ts';
import { examplesOf } from './localise/examples.ts';
import { evenlySpread, faithfulnessOfAll, faithfulnessSteps } from './localise/faithful.ts';
import { folderPictures } from './localise/folder-pictures.ts';
import { type ClassChoice, type Measured, measureAll } from './localise/measure.ts';
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
import { drawMosaics, type Mosaic, measureMosaics, surePhotographs } from './localise/mosaics.ts';
import type { MeasuredPictures, PassOptions } from './localise/pictures.ts';
import { streamPictures, surveyedStream } from './localise/stream-pictures.ts';
import { type MaskCommandOptions, maskOptions, pickMaskOptions } from './mask-options.ts';
import {
  deviceOption,
  type GivenModelOptions,
  gpuOption,
  imageSizeOption,
  modelOptions,
  pickRefineOptions,
  pipelineOptions,
  readOptions,
  realAbove,
  valueRangeOption,
  whole,
} from './options.ts';
import { firstNote } from './picture-notes.ts';

interface LocaliseOptions extends GivenModelOptions, MaskCommandOptions {
  dataDir: string;
  weightDir: string;
  methods?: string[];
  labelMap?: string;
  classFrom: ClassChoice['from'];
  evalSize: number;
  faithfulness: number;
  grid?: number;
  mosaics: number;
  sure: number;
  resamples: number;
  seed: number;
  batchSize: number;
  valueRange?: ValueRange;
  out?: string;
  html?: string;
  json?: string;
  device: Device;
}

export function localiseCommand(): Command {
  const command: Command = new Command('localise')
    .usage('--data-dir DIR --weight-dir FILE [--methods NAME,NAME] [options]')
    .description(
      'measure how well the maps of each method show where the objects of DIR/test are: boxes, pixels, pointing, faithfulness',
    )
    .requiredOption(
      '--data-dir <dir>',
      'the images, DIR/test/CLASS/*.jpg, with DIR/masks/test/CLASS/*.png, DIR/boxes.json, or both; or tars, Parquet files or a list, with classes, and masks or boxes, such as shards-{000..099}.tar',
    )
    .requiredOption(
      '--weight-dir <file>',
      'a half or full model, .onnx or Keras .h5, or any ONNX image classifier',
    )
    .option(
      '--methods <names>',
      `methods to measure, separated by commas: ${methodNames.join(', ')}; ${baselines.join(', ')} are always measured; default: only these, with high-res and refined for a full model, and refined for an imported classifier`,
      methodList,
    )
    .addOption(
      new Option(
        '--class-from <what>',
        "class whose maps are measured: folder, that of the image's folder (the most probable one if the folder stands for several); or predicted, whatever the folders' names are",
      )
        .choices(['folder', 'predicted'])
        .default('folder'),
    )
    .addOption(labelMapOption())
    .addOption(imageSizeOption())
    .addOption(valueRangeOption())
    .option(
      '--eval-size <n>',
      'height and width at which maps are measured, in pixels',
      whole(16, 4096),
      evaluationSize,
    )
    .option(
      '--faithfulness <n>',
      'maximum number of images on which faithfulness is measured, spread over the classes; 0: off',
      whole(0),
      60,
    )
    .option(
      '--grid <n>',
      'also measure the grid pointing game, on mosaics of n x n photographs of different classes, n = 2 or 3; default: off',
      whole(2, 3),
    )
    .option(
      '--mosaics <n>',
      'with --grid: maximum number of mosaics; each photograph is used at most once',
      whole(1),
      60,
    )
    .option(
      '--sure <share>',
      'with --grid: share of the correctly classified photographs to use, the most probable first',
      realAbove(0, 1),
      0.5,
    )
    .option(
      '--resamples <n>',
      'number of resamples of the images and mosaics, for 95 % intervals',
      whole(10, 1e6),
      1000,
    )
    .option('--seed <n>', 'seed of the resamples, and of the mosaics', whole(-(2 ** 31), 2 ** 32 - 1), 0)
    .option('--batch-size <n>', 'images per pass', whole(1), 32)
    .option('--out <dir>', 'folder for a browser page with pictures, tables (CSV) and JSON')
    .option('--html <file>', 'file for the page alone')
    .option('--json <file>', 'file for all results as JSON, including those of each image')
    .addOption(deviceOption())
    .addOption(gpuOption())
    .action((options: LocaliseOptions) => {
      if (options.classFrom === 'predicted' && command.getOptionValueSource('labelMap') === 'cli') {
        command.error('error: --label-map needs --class-from folder');
      }
      for (const name of ['mosaics', 'sure']) {
        if (options.grid === undefined && command.getOptionValueSource(name) === 'cli') {
          command.error(`error: --${name} needs --grid`);
        }
      }
      const masks = pickMaskOptions(command, options);
      return inFolder(options.out ?? '.', () =>
        inFolder(dirname(options.html ?? ''), () =>
          inFolder(dirname(options.json ?? ''), () => run(options, masks)),
        ),
      );
    });
  for (const option of [...maskOptions(), ...modelOptions(), ...pipelineOptions()]) command.addOption(option);
  return command;
}

/** Parses a list: `refined,high-res` -> ['refined', 'high-res']. */
function methodList(text: string): string[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.find((name) => !methodNames.includes(name));
  if (unknown !== undefined || names.length === 0) {
    throw new InvalidArgumentError(
      `${unknown === undefined ? 'At least one method is needed' : `'${unknown}' is not a method`}; the methods are ${methodNames.join(', ')}.`,
    );
  }
  return names;
}

const page = 'localisation.html';

/** Everything that a run needs, already opened. */
interface Setting {
  readonly opened: Opened;
  readonly methods: readonly MeasuredMethod[];
  /** Names of the labels, and the model's classes of each. */
  readonly labelled: Pick<LabelledSplit, 'names' | 'groups'>;
  readonly pictures: MeasuredPictures;
  /** How pictures are read. */
  readonly passing: Omit<PassOptions, 'batchSize'>;
}

async function run(options: LocaliseOptions, masks: MaskOptions): Promise<void> {
  const setting = await open(options, masks);
  const { methods, pictures, passing, opened } = setting;
  for (const note of pictures.notes) console.error(printable(note));
  const { found, explained } = await localise(setting, options);
  const { skipped = [] } = found;
  for (const [file, reason] of skipped) console.error(printable(`skipped ${file}: ${reason}`));
  console.log(formatLocalisation(found));
  if (skipped.length > 0) console.log(`${count(skipped.length, 'image')} skipped`);

  const { json, html, out, batchSize } = options;
  if (json !== undefined) await writeFileWhole(json, localisationJson(found));
  if (out !== undefined || html !== undefined) {
    const images = found.images.map(({ path }, i) => ({ path, label: explained[i] }));
    const examples = await withBar('pictures', methods.length, (onDone) =>
      examplesOf(methods, found.methods, opened, pictures, images, { ...passing, batchSize }, onDone),
    );
    const report = localisationReport(found, examples);
    if (html !== undefined) await writePage(html, report);
    if (out !== undefined) {
      const files: Record<string, string | undefined> = {
        'localisation.json': localisationJson(found),
        'methods.csv': methodsCsv(found),
        'classes.csv': methodClassesCsv(found),
        'images.csv': methodImagesCsv(found),
        'mosaics.csv': methodMosaicsCsv(found),
      };
      for (const [name, content] of Object.entries(files)) {
        if (content !== undefined) await writeFileWhole(join(out, name), content);
      }
      await writePage(join(out, page), report);
    }
  }
  await Promise.all([opened.half.release(), opened.full?.release()]);
}

async function writePage(path: string, report: string): Promise<void> {
  await writeFileWhole(path, report);
  console.log(`the page, for a browser: ${path}`);
}

async function open(options: LocaliseOptions, masks: MaskOptions): Promise<Setting> {
  const { dataDir, weightDir, imSize, valueRange, labelMap, classFrom, device } = options;
  const data = isStream(dataDir)
    ? await openStream(dataDir, masks, options)
    : await openFolder(dataDir, masks, options);
  const model = await readAnyModel(weightDir, readOptions(options));
  checkSeesAll(model, weightDir);
  const renamed = classFrom === 'folder' && labelMap === undefined;
  const named = renamed ? { ...model, classes: nameNumbered(model.classes, data.classes) } : model;
  const { pictures, ...labelled } = await data.linked(named.classes);
  const refineOptions = pickRefineOptions(options as unknown as Record<string, unknown>);
  const opened = await openForMethods(named, weightDir, device, refineOptions);
  return {
    opened,
    methods: await openMethods(options.methods ?? usualMethods(model), opened),
    labelled,
    pictures,
    passing: {
      imSize: imSize ?? model.imSize,
      valueRange,
      onNote: firstNote((line) => console.error(`note: ${line}`)),
    },
  };
}

/** Pictures with their classes, not yet matched with the model's. */
interface OpenedData {
  readonly classes: readonly string[];
  /**
   * @param classes the model's classes
   * @throws naming the data's classes that the model lacks
   */
  linked(
    classes: readonly string[],
  ): Promise<Pick<LabelledSplit, 'names' | 'groups'> & { readonly pictures: MeasuredPictures }>;
}

type LinkOptions = Pick<LocaliseOptions, 'labelMap' | 'classFrom'>;

/** A further remedy for classes that the model lacks. */
const remedy = ', or use --class-from predicted';

async function openFolder(
  dataDir: string,
  masks: MaskOptions,
  { labelMap, classFrom }: LinkOptions,
): Promise<OpenedData> {
  const groundTruth = await openGroundTruth(dataDir, masks);
  const found = await scanImageFolder(join(dataDir, 'test'), { empty: 'leave out' });
  sayFolder(found);
  return {
    classes: found.classes,
    linked: async (classes) => {
      const { split, ...labelled } =
        classFrom === 'folder'
          ? await labelledSplit(found, classes, labelMap, remedy)
          : { split: found, names: found.classes };
      return { ...labelled, pictures: folderPictures(split, groundTruth) };
    },
  };
}

async function openStream(
  dataDir: string,
  masks: MaskOptions,
  { labelMap, classFrom }: LinkOptions,
): Promise<OpenedData> {
  const surveyed = await surveyedStream(dataDir, masks);
  const { said } = surveyed;
  return {
    classes: said.labels,
    linked: async (classes) => {
      if (classFrom === 'folder') {
        const { labelOf, ...labelled } = await linkedLabels(dataDir, said, classes, labelMap, remedy);
        return { ...labelled, pictures: streamPictures(surveyed, labelOf) };
      }
      if (!said.complete) return { names: ['pictures'], pictures: streamPictures(surveyed, undefined) };
      const names = said.labels;
      return { names, pictures: streamPictures(surveyed, (label) => names.indexOf(label)) };
    },
  };
}

/** @throws as `GroundTruthFolder.open` does */
async function openGroundTruth(dataDir: string, masks: MaskOptions): Promise<GroundTruthFolder> {
  const bar = new CountingBar('masks and boxes');
  const onProgress = (done: number, total: number): void => bar.update(done, total);
  return await GroundTruthFolder.open(dataDir, 'test', { ...masks, onProgress }).finally(() => bar.stop());
}

/** @throws when the model crops the pictures: the ground truth is of whole pictures */
function checkSeesAll(model: AnyModel, path: string): void {
  if (!('imported' in model) || model.imported.fit === 'squash') return;
  throw new FileError(
    path,
    'its input is only the centre of each picture, but masks and boxes are of whole pictures; import it again with --fit squash',
  );
}

/** The results, and for each image the index of the explained class. */
interface Localised {
  readonly found: Localisation;
  readonly explained: readonly number[];
}

async function localise(setting: Setting, options: LocaliseOptions): Promise<Localised> {
  const { opened, methods, labelled, pictures, passing } = setting;
  const { evalSize, batchSize, resamples, seed, classFrom } = options;
  const { names, groups } = labelled;
  const choice = { classes: opened.model.classes, groups, from: classFrom };
  const start = performance.now();
  const drawn = await drawnMosaics(setting, choice, options);
  const measured = await withBar('images', pictures.count, (onDone) =>
    measureAll(methods, opened, pictures, { ...passing, batchSize, evalSize, choice }, onDone),
  );
  const { images, explained } = measured;
  const chosen = evenlySpread(
    images.map(({ label }) => label),
    options.faithfulness,
  );
  const faithful = chosen.length === 0 ? undefined : await faithfulOf(setting, measured, chosen, batchSize);
  const grid = drawn && (await gridOf(setting, drawn, batchSize));
  const right = images.filter(({ label, prediction }) => label === prediction).length;
  const found: Localisation = {
    model: options.weightDir,
    type: opened.model.type,
    imSize: passing.imSize,
    evalSize,
    data: isStream(options.dataDir) ? options.dataDir : `${options.dataDir}/test`,
    device: options.device,
    seconds: (performance.now() - start) / 1000,
    classes: names,
    classFrom,
    masks: measured.measures[0].filter(({ histogram }) => histogram).length,
    groundTruth: pictures.notes,
    accuracy: classFrom === 'folder' ? right / images.length : undefined,
    baseline,
    resamples,
    faithfulness: faithful && { images: chosen.length, steps: faithfulnessSteps },
    grid: drawn?.facts,
    methods: await withBar('resampled methods', methods.length, (onDone) =>
      methodFigures(setting, measured, faithful, grid, { resamples, seed }, onDone),
    ),
    images,
    skipped: measured.skipped,
  };
  return { found, explained };
}

function faithfulOf(
  { methods, opened, pictures, passing }: Setting,
  { images, explained }: Measured,
  chosen: readonly number[],
  batchSize: number,
): Promise<Faithfulness[]> {
  const samples = chosen.map((i) => ({ path: images[i].path, label: explained[i] }));
  return withBar('faithfulness', chosen.length, (onDone) =>
    faithfulnessOfAll(methods, opened, pictures, samples, { ...passing, batchSize }, onDone),
  );
}

/** The mosaics, and lines about them. */
interface DrawnMosaics {
  readonly mosaics: readonly Mosaic[];
  readonly facts: MosaicGrid;
}

/**
 * Undefined when no mosaics are requested.
 * @throws when there are too few photographs for one
 */
async function drawnMosaics(
  { opened, pictures, passing }: Setting,
  choice: ClassChoice,
  { grid: cells, mosaics: asked, sure: share, seed, batchSize }: LocaliseOptions,
): Promise<DrawnMosaics | undefined> {
  if (cells === undefined) return undefined;
  const { byClass, right } = await withBar('photographs', pictures.count, (onDone) =>
    surePhotographs(opened, pictures, { ...passing, batchSize, choice }, share, onDone),
  );
  const sure = byClass.flat();
  const mosaics = drawMosaics(byClass, cells, asked, random(seed));
  if (mosaics.length === 0) {
    const whose = choice.from === 'folder' ? 'correctly classified photographs' : 'photographs';
    throw new FileError(
      pictures.dir,
      `--grid ${cells} needs photographs of ${cells * cells} classes; the ${sure.length} most probable of ${right} ${whose} are of ${count(byClass.length, 'class', 'classes')}`,
    );
  }
  const facts = {
    cells,
    asked,
    right,
    sure: sure.length,
    least: Math.min(...sure.map(({ probability }) => probability)),
    mosaics: mosaics.map((photographs) =>
      photographs.map(({ image: { path, explained }, probability }) => ({ path, explained, probability })),
    ),
  };
  return { mosaics, facts };
}

/** @returns values by method, mosaic and cell */
function gridOf(
  { opened: { model }, methods, pictures, passing }: Setting,
  { mosaics, facts: { cells } }: DrawnMosaics,
  batchSize: number,
): Promise<GridPointing[][][]> {
  const { channels } = model;
  return withBar('mosaics', mosaics.length, (onDone) =>
    measureMosaics(methods, mosaics, cells, pictures, { ...passing, batchSize, channels }, onDone),
  );
}

/**
 * @param grid values by method, mosaic and cell
 * @param onDone called with the number of methods resampled
 */
async function methodFigures(
  { methods, labelled }: Setting,
  { images, measures, milliseconds }: Measured,
  faithful: readonly Faithfulness[] | undefined,
  grid: readonly GridPointing[][][] | undefined,
  { resamples, seed }: Pick<LocaliseOptions, 'resamples' | 'seed'>,
  onDone: (done: number) => void,
): Promise<MethodFigures[]> {
  const weights = resampleWeights(images.length, resamples, seed);
  const gridWeights = grid && resampleWeights(grid[0].length, resamples, seed);
  const resampled = measures.map((of, m) => {
    const values = {
      ...resampleScores(of, weights),
      ...(grid && gridWeights && resampleGrid(grid[m], gridWeights)),
    };
    onDone(m + 1);
    return values;
  });
  const base = methods.findIndex(({ name }) => name === baseline);
  return methods.map(({ name }, m) => {
    const of = measures[m];
    const scores = localisationScores(of);
    const { cuts } = scores.maxBoxAccV2;
    const byClass = (c: number): MapMeasures[] => of.filter((_, i) => images[i].label === c);
    return {
      name,
      milliseconds: milliseconds[m],
      scores: { ...scores, ...(grid && gridScores(grid[m])) },
      intervals: scoreIntervals(resampled[m]),
      difference: m === base ? undefined : differenceIntervals(resampled[m], resampled[base]),
      faithfulness: faithful?.[m],
      classes: labelled.names.map((_, c) => {
        const some = byClass(c);
        return some.length > 0 ? classLocalisation(some, cuts) : undefined;
      }),
      boxIous: of.map(({ boxIous }) => boxIous[cuts[1]]),
      points: of.map(({ points }) => points),
      backgrounds: of.map(({ background }) => background),
      grid: grid?.[m],
    };
  });
}

/** Shows a bar while work reports its progress. */
async function withBar<T>(
  what: string,
  total: number,
  work: (onDone: (done: number) => void) => Promise<T>,
): Promise<T> {
  const bar = new CountingBar(what);
  return await work((done) => bar.update(done, total)).finally(() => bar.stop());
}
