/** `explain`: what a model sees in pictures, and where. */
import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { contentDigest } from '../data/files/content-digest.ts';
import { pictureFile } from '../data/picture/picture-file.ts';
import { keptSource, type PictureSource } from '../data/picture/picture-source.ts';
import type { ValueRange } from '../data/picture/value-range.ts';
import type { CamMethod } from '../explain/cam-method.ts';
import type { CamModel, Prediction } from '../explain/cam-model.ts';
import { classOf } from '../explain/class-of.ts';
import { type ExplainOptions as Asked, type Explained, explain } from '../explain/explain.ts';
import { beginWhole } from '../explain/full-size.ts';
import { HalfModel } from '../explain/half-model.ts';
import { camMethods, openMethod } from '../explain/methods/index.ts';
import { usualLayers } from '../explain/methods/layers.ts';
import { openCamModel } from '../explain/open-cam-model.ts';
import { readAnyModel } from '../load-model.ts';
import { densenetLayers } from '../models/densenet-network.ts';
import { refineParameters } from '../refine/parameters.ts';
import { createSession } from '../runtime/node.ts';
import type { Device } from '../runtime/session.ts';
import { kebabCase } from '../text/case.ts';
import { percent } from '../text/percent.ts';
import { printable } from '../text/printable.ts';
import { type BulkCommandOptions, bulkHelp, bulkOptions } from './bulk/bulk-command-options.ts';
import { bulkContainers, sortInputs } from './bulk/bulk-inputs.ts';
import type { BulkOptions } from './bulk/explain-stream.ts';
import { runBulk } from './bulk/run-bulk.ts';
import { chooseShard } from './bulk/shard-choice.ts';
import { inFolder, resultNames, stem } from './files.ts';
import { givenPictures } from './given-pictures.ts';
import { photoModel } from './models-along.ts';
import {
  deviceOption,
  type GivenModelOptions,
  gpuOption,
  imageSizeOption,
  layers,
  modelOptions,
  pickRefineOptions,
  pipelineOptions,
  readOptions,
  valueRangeOption,
  whole,
} from './options.ts';
import {
  coversNote,
  type ExplainedClass,
  flatNote,
  mapKinds,
  needsWhole,
  smallerNote,
  type WriteOptions,
  writeExplanation,
  writeHelp,
  writeOptions,
} from './write-explanation.ts';

interface ExplainOptions extends GivenModelOptions, WriteOptions, BulkCommandOptions {
  weightDir: string;
  out: string;
  class?: readonly string[];
  top?: number;
  method?: string;
  layer?: readonly string[];
  smooth?: boolean;
  valueRange?: ValueRange;
  device: Device;
}

export function explainCommand(): Command {
  const command: Command = new Command('explain')
    .usage('IMAGE... --out DIR [--weight-dir FILE] [options]')
    .description(
      'explain pictures or folders of pictures: what the model sees in each and where, as figures, JSON and maps',
    )
    .argument('<image...>', 'pictures, folders of pictures, and with --bulk tars, Parquet files and lists')
    .option(
      '--weight-dir <file>',
      "a model, .onnx or Keras .h5, or any ONNX image classifier; default: the included classifier of ImageNet's 1,000 classes",
    )
    .requiredOption('--out <dir>', 'where the results go')
    .addOption(
      new Option(
        '--class <name|index>',
        "class to explain; repeat the option for several; default: each picture's predicted class",
      ).argParser((text: string, before: readonly string[] | undefined) =>
        // Values from the environment or the project file are replaced, not extended.
        command.getOptionValueSource('class') === 'cli' ? [...(before ?? []), text] : [text],
      ),
    )
    .option('--top <n>', 'explain the n most probable classes of each picture', whole(1))
    .addOption(
      new Option(
        '--method <name>',
        "show and refine the map of this CAM method; default: the model's low-res and high-res CAM",
      ).choices(camMethods.map(({ name }) => name)),
    )
    .option('--layer <name>', "target layer of --method; default: the method's own, see below", layers)
    .option(
      '--smooth',
      'with --method: mean of the maps of mirrored and resized copies; takes 12 times as long',
    )
    .addOption(imageSizeOption())
    .addOption(valueRangeOption())
    .addOption(deviceOption())
    .addOption(gpuOption())
    .addHelpText('after', writeHelp() + bulkHelp + methodHelp())
    .action((images: string[], given: ExplainOptions) => {
      checkMethod(command, given);
      checkClasses(command);
      const options = { ...given, weightDir: given.weightDir ?? photoModel };
      const { bulk, shard } = options;
      const isBulk = bulk || shard !== undefined || images.some((name) => sortInputs([name]).many.length > 0);
      checkBulk(command, options, isBulk);
      return isBulk ? inBulk(images, options) : run(images, options);
    });
  for (const option of [...writeOptions(true), ...modelOptions(), ...bulkOptions(), ...pipelineOptions()])
    command.addOption(option);
  return command;
}

/** The help text about the methods and their layers, after the options. */
function methodHelp(): string {
  const width = Math.max(...camMethods.map(({ name }) => name.length));
  const rows = camMethods.map(
    (entry) =>
      `  ${entry.name.padEnd(width)}  ${entry.title}, ${entry.layerChoice === 'none' ? 'always ' : ''}at ${usualLayers(entry, densenetLayers).join(', ')}`,
  );
  return `
Methods, and their default target layers in this project's own networks
(--layer chooses another; layer-cam takes several: --layer dense_5,dense_3):
${rows.join('\n')}

Layers, from the output to the input: ${densenetLayers.names.join(', ')}.
Any other ONNX classifier has layers of its own: hrm summary FILE lists them and marks the target layers.
At low and dense_5, Grad-CAM is the positive part of the CAM, and HiResCAM is the CAM, up to a constant factor.

In the refinement, a method's map replaces both CAMs: unchanged for the low-res CAM, enlarged for the high-res CAM.`;
}

/** Reports options that exclude each other as wrong usage. */
function checkMethod(command: Command, { method }: ExplainOptions): void {
  if (method === undefined) {
    // Values from the environment or the project file apply only to calls with a method.
    for (const name of ['layer', 'smooth']) {
      if (command.getOptionValueSource(name) === 'cli') {
        command.error(
          `error: --${name} needs --method NAME: ${camMethods.map((one) => one.name).join(', ')}`,
        );
      }
    }
  }
}

/** Classes are either named or counted: the command line overrides other sources. */
function checkClasses(command: Command): void {
  const [named, counted] = ['class', 'top'].map((name) => command.getOptionValueSource(name));
  if (named === undefined || counted === undefined) return;
  if ((named === 'cli') === (counted === 'cli')) command.error('error: --class and --top exclude each other');
  command.setOptionValue(named === 'cli' ? 'top' : 'class', undefined);
}

/** A model, and the method to explain it with, if requested. */
interface OpenedModel {
  readonly model: CamModel;
  readonly method?: CamMethod;
}

/** Reports wrong usage: options that need many pictures, and options that do not allow them. */
function checkBulk(
  command: Command,
  { class: classes, top, write, npy, svg, refine }: ExplainOptions,
  isBulk: boolean,
): void {
  if (isBulk) {
    const several = classes !== undefined && classes.length > 1 ? '--class more than once' : undefined;
    const odd = top === undefined ? several : `--top ${top}`;
    if (odd !== undefined) command.error(`error: --bulk explains one class of each picture, got ${odd}`);
    if (!refine) checkUnrefined(command, { write, npy, svg });
    return;
  }
  if (write?.length === 0) command.error('error: --write none needs --bulk');
  const alone = bulkOptions().find(
    (option) => command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (alone !== undefined) command.error(`error: ${alone.long} needs --bulk`);
}

/** Figures, JSON and maps need a refinement. */
function checkUnrefined(command: Command, { write = bulkKinds, npy, svg }: WriteOptions): void {
  const options = [npy && '--npy', svg && '--svg'].find(Boolean);
  const kind = write.find((one) => !mapKinds.includes(one));
  const unused = refineParameters.find(
    ({ name }) => !name.startsWith('filter') && command.getOptionValueSource(name) === 'cli',
  );
  if (unused) command.error(`error: --${kebabCase(unused.name)} has no effect with --no-refine`);
  const odd = options || (kind && `--write ${kind}`);
  if (odd)
    command.error(`error: --no-refine needs --write none, or some of ${mapKinds.join(', ')}, got ${odd}`);
}

/** What is written by default for each of many pictures must be small. */
const bulkKinds: NonNullable<WriteOptions['write']> = ['levels'];

async function inBulk(images: readonly string[], options: ExplainOptions): Promise<void> {
  const { out, weightDir, as, method, write = bulkKinds, npy, svg } = options;
  const shard = chooseShard(options.shard, options.shardCount, process.env);
  const containers = await bulkContainers(images, out);
  const refine = pickRefineOptions(options as unknown as Record<string, unknown>);
  let opened: OpenedModel | undefined;
  const open = async (): Promise<BulkOptions> => {
    opened = await openModelOf(options);
    const { model } = opened;
    const choice = options.class?.map((text) => classOf(model, text))[0];
    return {
      ...opened,
      modelFile: weightDir,
      class: choice,
      size: options.imSize ?? model.imSize,
      batchSize: options.batchSize,
      threads: options.threads,
      valueRange: options.valueRange,
      refine,
      isRefined: options.refine,
      write: { write, npy, svg },
    };
  };
  const facts = {
    write: write.join(',') || 'none',
    npy,
    svg,
    as,
    'no-refine': !options.refine,
    method,
    'weight-dir': `${basename(weightDir)} ${(await contentDigest(weightDir)) ?? ''}`,
    ...pick(options, [
      'class',
      'layer',
      'smooth',
      'imSize',
      'valueRange',
      'classes',
      'inputScale',
      'preprocess',
      'fit',
    ]),
    ...pick(refine, Object.keys(refine)),
  };
  const { part, strict = false, overwrite = false } = options;
  await inFolder(out, () =>
    runBulk({
      containers,
      shard,
      out,
      facts: texts(facts),
      asTar: as === 'tar',
      part,
      strict,
      overwrite,
      open,
    }),
  );
  await opened?.model.release();
  await opened?.method?.release?.();
}

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  const values = from as Readonly<Record<string, unknown>>;
  return Object.fromEntries(names.map((name) => [kebabCase(name), values[name]]));
}

/** Defined values as text. */
function texts(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const there = Object.entries(values).filter(([, value]) => value !== undefined && value !== false);
  return Object.fromEntries(there.map(([name, value]) => [name, String(value)]));
}

async function run(images: readonly string[], options: ExplainOptions): Promise<void> {
  const pictures = await givenPictures(images, options.out);
  const opened = await openModelOf(options);
  const { model, method } = opened;
  const classes = options.class?.map((text) => classOf(model, text));
  const choice = { classes, top: options.top };
  await inFolder(options.out, () => explainAll(opened, choice, pictures, options));
  await model.release();
  await method?.release?.();
}

/** The model, and the method to explain it with. A method uses the half model inside a full model. */
async function openModelOf(options: ExplainOptions): Promise<OpenedModel> {
  const { weightDir, method, layer, smooth, device } = options;
  const found = await readAnyModel(weightDir, readOptions(options));
  const loading = { name: weightDir, device };
  if (method === undefined) {
    return { model: await openCamModel(found, createSession, loading) };
  }
  const model = await HalfModel.load({ ...found, type: 'half' }, createSession, loading);
  const opened = await openMethod(method, model.network, createSession, { layers: layer, smooth, device });
  return { model, method: opened };
}

/** The classes to explain: those named, the most probable ones, or the most probable one. */
interface Choice {
  readonly classes?: readonly number[];
  readonly top?: number;
}

/**
 * Explains all pictures that it can.
 * @throws at the end, when any failed
 */
async function explainAll(
  { model, method }: OpenedModel,
  choice: Choice,
  images: readonly string[],
  options: ExplainOptions,
): Promise<void> {
  const names = resultNames(images);
  // Results whose names differ from the picture's are printed with the picture.
  const labels = names.map((name, i) =>
    printable(name === stem(images[i]) ? name : `${name} (${images[i]})`),
  );
  const width = labels.reduce((most, { length }) => Math.max(most, length), 0);
  const refineOptions = pickRefineOptions(options as unknown as Record<string, unknown>);
  const asked = { method, size: options.imSize, refine: refineOptions };
  let failed = 0;
  let advice: string | undefined;
  for (const [i, image] of images.entries()) {
    const name = names[i];
    try {
      const odd = new Set<string>();
      const values = { valueRange: options.valueRange, onNote: (note: string) => odd.add(note) };
      const source = keptSource(pictureFile(image, values));
      if (needsWhole(options)) void beginWhole(source);
      const of = await explainClasses(model, source, choice, asked);
      const { weightDir, out } = options;
      const sizes = await writeExplanation(out, name, { image, source, model: weightDir, of }, options);
      const classes = [of].flat();
      const notes = [coversNote(classes[0]), flatNote(classes), smallerNote(sizes)].join('');
      console.log(`${labels[i].padEnd(width)}  ${printable(describePredictions(classes))}${notes}`);
      for (const note of odd) console.error(`note: ${image}: ${note}`);
      if (!method && model.imported) advice ??= finerNote(classes[0]);
    } catch (error) {
      if (images.length === 1) throw error;
      failed++;
      console.error(printable(`error: ${(error as Error).message}`));
    }
  }
  if (failed < images.length) console.log(`results are in ${options.out}`);
  if (advice !== undefined) console.error(advice);
  if (failed > 0) throw new Error(`${failed} of ${images.length} pictures could not be explained`);
}

/** How an imported classifier gets a finer map; undefined if it has one. */
function finerNote({ enlarged, refinement: { lowCam } }: ExplainedClass): string | undefined {
  if (!enlarged) return undefined;
  return `note: the classifier's map has ${lowCam.shape.join(' x ')} places and was enlarged; 'hrm train full --half-weight-dir FILE --data-dir PICTURES --results-name NAME' trains a finer one, on pictures without labels (FILE: from 'hrm import')`;
}

/** One explanation, or a list when several classes were requested. */
function explainClasses(
  model: CamModel,
  source: PictureSource,
  { classes, top }: Choice,
  asked: Omit<Asked, 'class' | 'top'>,
): Promise<Explained | Explained[]> {
  if (top !== undefined) return explain(model, source, { ...asked, top });
  if (classes === undefined || classes.length === 1)
    return explain(model, source, { ...asked, class: classes?.[0] });
  return explain(model, source, { ...asked, class: classes });
}

/**
 * The most probable classes, and the explained classes if they differ: `cat 93.1 %, dog 4.0 %, fox 1.2 %`.
 */
function describePredictions(classes: readonly ExplainedClass[]): string {
  const [{ predictions = [] }] = classes;
  const words = (of: readonly Prediction[]): string =>
    of.map(({ name, probability }) => `${name} ${percent(probability)}`).join(', ');
  const explained = classes.flatMap((one) => one.explained ?? []);
  const asPredicted = explained.every(({ index }, i) => index === predictions[i]?.index);
  return words(predictions.slice(0, 3)) + (asPredicted ? '' : `  explained: ${words(explained)}`);
}
