/** From any ONNX file with an image classifier in it to a model of this project. */
import { FileError } from '../errors/file-error.ts';
import type { ReadBeside } from '../graph/onnx/external-data.ts';
import { type ForeignInput, ForeignModel, joinModel } from '../graph/onnx/foreign-model.ts';
import { onnxTypes } from '../graph/onnx/onnx-types.ts';
import { logitsName } from '../models/network.ts';
import type { CreateSession } from '../runtime/session.ts';
import { largestImageSize } from '../tensor/image-size.ts';
import type { Picture } from '../tensor/tensor.ts';
import { printable } from '../text/printable.ts';
import { headWeightsName } from './after-graph.ts';
import type { ClassOutput } from './class-output.ts';
import { batchDim, type Fit } from './facts.ts';
import { apartness, guessPreprocessing, type PreprocessingGuess } from './guess-preprocessing.ts';
import { type ImageInput, imageInputOf, typeNameOf } from './image-input.ts';
import { imagenetNames } from './imagenet-classes.ts';
import { decodeImported, encodeImported, type ImportedClassifier } from './imported-classifier.ts';
import { checkOperators } from './operators.ts';
import { compareProbabilities, inputShape, OriginalRun } from './original-run.ts';
import { beforeGraph, checkPreprocessing, type Preprocessing } from './preprocessing.ts';
import { readClassifier } from './read-classifier.ts';
import { seenAt } from './seen-at.ts';
import type { Told } from './told.ts';
import { checkValueSizes } from './value-sizes.ts';
import { float32Name } from './values.ts';

/** What is said of a classifier of another program, where its file leaves it open. */
export interface ImportOptions {
  /** Stands in errors and reports, usually the file's name. */
  readonly name?: string;
  /** Class names, by index. Default: those that `told` knows; of 1,000 outputs, ImageNet's; else #0, #1, ... */
  readonly classes?: readonly string[];
  /** Default: as `told` says, else guessed. */
  readonly preprocessing?: Preprocessing;
  /** Height and width at which it looks, in pixels. Default: the one that it takes; what `told` says; 224. */
  readonly size?: number;
  /** 'crop': the middle of the picture, as in training. Default 'squash'. */
  readonly fit?: 'squash' | 'crop';
  /** The value that methods look at, and low-res maps are of where the head is not linear. Default: found. */
  readonly layer?: string;
  /** 'float16': its file stores large weights in 16 bits, half the size, and computes in 32 as before. Default: as they are. */
  readonly weights?: 'float16';
  /** What files beside the classifier, and its metadata, say of it. */
  readonly told?: Told;
  /** Reads weights that lie in files beside the model. */
  readonly readBeside?: ReadBeside;
  /** Pictures to guess the preprocessing with, and to compare the original and the import on. */
  readonly pictures?: readonly Picture[];
}

/** What was found, and what was assumed. */
export interface ImportReport {
  readonly input: ImageInput;
  /** Element type of the input, `float32` for instance. */
  readonly inputType: string;
  readonly output: ClassOutput;
  /** Where the size comes from. */
  readonly sizeFrom: 'the file' | 'option' | 'told' | 'assumed';
  readonly preprocessingFrom: 'option' | 'told' | PreprocessingGuess;
  readonly classesFrom: 'option' | 'told' | 'imagenet' | 'numbers';
  /** Largest difference of probabilities to the original, on so many pictures. */
  readonly difference: number;
  /** The same, once its weights are rounded to 16 bits, where they are. */
  readonly rounded?: number;
  readonly pictures: number;
  /** How far apart it finds them (`apartness`), where there are two or more. */
  readonly apart?: number;
  readonly told: Told;
}

/** A classifier of another program, as it was imported: the classifier, its model file, and what was found. */
export interface Imported {
  readonly classifier: ImportedClassifier;
  /** The bytes of the model file. */
  readonly file: Uint8Array;
  readonly report: ImportReport;
}

const usualSize = 224;
/** Of the shorter side, as most were trained: 224 of 256. */
const usualCrop = 0.875;
/** Original and import may differ by so much, in probability. */
const tolerance = 1e-5;

/** Names that a model file uses for itself, beside those that begin with `hrm/`. */
const reserved = [
  'image',
  'class_index',
  'probabilities',
  'explained_class',
  'low_res_cam',
  'high_res_cam',
  'high_res_map',
  'evidence',
  logitsName,
  headWeightsName,
];

/**
 * Brings an ONNX classifier into this project's contract. It need not be understood: its nodes stay as they are, ONNX Runtime is asked
 * what their values are, and only what lies behind the layer that is explained must be known.
 * @throws `FileError`, one line, where it is no image classifier, cannot be explained, or does not give what the original gives
 */
export async function importClassifier(
  bytes: Uint8Array,
  createSession: CreateSession,
  options: ImportOptions = {},
): Promise<Imported> {
  const { name = 'the classifier', told = {}, pictures = [] } = options;
  const found = await ForeignModel.parse(bytes, name, options.readBeside);
  checkOperators(found);
  const { input, source } = imageInputOf(found);
  const { original, inputName } = withPlainNames(found, source);
  const { size, from: sizeFrom } = sizeOf(input, options, name);
  if (size > largestImageSize) {
    const whose = sizeFrom === 'told' ? `${told.from?.size} says ${size}` : `it looks at ${size}`;
    throw new FileError(name, `${whose} x ${size} pixels; at most ${largestImageSize} are possible`);
  }
  const fit: Fit = options.fit === 'crop' ? { crop: told.crop ?? usualCrop } : 'squash';
  const seen = pictures.map((picture) => seenAt(picture, size, input.channels, fit));
  const named = { ...input, name: inputName };
  await checkedSizes(original, named, size, createSession);
  const run = await OriginalRun.open(original, named, size, createSession, told.multiLabel);
  try {
    return await importWith(run, seen, {
      options,
      source,
      outputs: found.outputs,
      size,
      sizeFrom,
      fit,
      name,
      told,
      createSession,
    });
  } finally {
    await run.release();
  }
}

/** @throws `FileError` where its values would take more memory than any classifier needs */
async function checkedSizes(
  original: ForeignModel,
  input: ImageInput,
  size: number,
  createSession: CreateSession,
): Promise<void> {
  const shape = inputShape(input, size, 1);
  try {
    await checkValueSizes(original, { [input.name]: { type: onnxTypes.float32, shape } }, createSession);
  } catch (error) {
    throw FileError.from(original.name, error);
  }
}

interface Setting {
  readonly options: ImportOptions;
  readonly name: string;
  readonly told: Told;
  readonly source: ForeignInput;
  /** Names of the outputs in the file. */
  readonly outputs: readonly string[];
  readonly size: number;
  readonly sizeFrom: ImportReport['sizeFrom'];
  readonly fit: Fit;
  readonly createSession: CreateSession;
}

/** @param run the original, which can be asked @param seen the pictures as it sees them */
async function importWith(
  run: OriginalRun,
  seen: readonly Picture[],
  { options, name, told, source, outputs, size, sizeFrom, fit, createSession }: Setting,
): Promise<Imported> {
  const { input, output } = run;
  const guess = options.preprocessing || told.preprocessing ? undefined : await guessPreprocessing(run, seen);
  const preprocessing = options.preprocessing ?? told.preprocessing ?? (guess as PreprocessingGuess).chosen;
  checkPreprocessing(preprocessing, input.channels, name);

  const batch = input.batch ?? ((await run.takesBatch()) ? 'any' : 1);
  const model = await prepared(run, preprocessing, batch);
  const parts = await readClassifier(model, {
    run,
    size,
    fit,
    batch,
    preprocessing,
    layer: options.layer,
    name,
    createSession,
  });
  const classes = classNames(output.classes, options, name);
  const classifier: ImportedClassifier = {
    type: 'half',
    classes: classes.names,
    imSize: size,
    channels: input.channels,
    ...parts,
  };
  const file = await encodeImported(classifier, createSession);
  const wanted = await run.probabilities(preprocessing, seen);
  const difference = await compareProbabilities(file, wanted, seen, createSession);
  if (!(difference <= tolerance)) {
    throw new FileError(
      name,
      `the import gives other probabilities than the original, by ${difference.toPrecision(2)}; at most ${tolerance} is allowed`,
    );
  }
  const stored = await rounded(classifier, file, options.weights, createSession);
  return {
    classifier: stored.classifier,
    file: stored.file,
    report: {
      input: { ...input, name: source.name },
      inputType: typeNameOf(source),
      output: { ...output, name: outputs[run.original.outputs.indexOf(output.name)] },
      sizeFrom,
      preprocessingFrom: options.preprocessing ? 'option' : (guess ?? 'told'),
      classesFrom: classes.from,
      difference,
      rounded:
        stored.file === file
          ? undefined
          : await compareProbabilities(stored.file, wanted, seen, createSession),
      pictures: seen.length,
      apart: seen.length < 2 ? undefined : apartness(wanted, output),
      told,
    },
  };
}

/** The classifier as its file will give it back. */
async function rounded(
  classifier: ImportedClassifier,
  file: Uint8Array,
  weights: ImportOptions['weights'],
  createSession: CreateSession,
): Promise<{ classifier: ImportedClassifier; file: Uint8Array }> {
  if (weights === undefined) return { classifier, file };
  const facts = { ...classifier.imported, weights };
  const half = await encodeImported({ ...classifier, imported: facts }, createSession);
  return { classifier: await decodeImported(half, facts.source, createSession), file: half };
}

/** The model, with names that this project's own do not meet, and a float32 input. */
function withPlainNames(
  model: ForeignModel,
  source: ForeignModel['inputs'][number],
): { original: ForeignModel; inputName: string } {
  const taken = [...model.names()].filter((name) => reserved.includes(name) || name.startsWith('hrm/'));
  const renamed = model.renamed(new Map(taken.map((name) => [name, `original/${name}`])));
  const input = renamed.inputs[0];
  if (source.type === 1) return { original: renamed, inputName: input.name };
  const inputName = float32Name(input.name);
  return { original: renamed.withFloat32Input(input, inputName), inputName };
}

function sizeOf(
  { height, width }: ImageInput,
  { size, told }: ImportOptions,
  name: string,
): { size: number; from: ImportReport['sizeFrom'] } {
  const own = height ?? width;
  if (height !== undefined && width !== undefined && height !== width) {
    throw new FileError(
      name,
      `its input is ${height} x ${width} pixels; square ones are needed: export it with those, or with free sizes`,
    );
  }
  if (own === undefined) {
    if (size !== undefined) return { size, from: 'option' };
    return told?.size === undefined
      ? { size: usualSize, from: 'assumed' }
      : { size: told.size, from: 'told' };
  }
  if (size !== undefined && size !== own) {
    throw new FileError(
      name,
      `it takes ${own} x ${own} pixels alone, got ${size}; export it with free sizes`,
    );
  }
  return { size: own, from: 'the file' };
}

/** The classifier from `image` to its logits. */
async function prepared(
  { original, input, output: { logits, name } }: OriginalRun,
  preprocessing: Preprocessing,
  batch: 1 | 'any',
): Promise<ForeignModel> {
  const { layout, channels, height = 'H', width = 'W' } = input;
  const shape = [batchDim({ batch }), height, width, channels];
  const before = beforeGraph({ preprocessing, layout, input: input.name, shape });
  const outputs = [...new Set([logits, name])];
  return ForeignModel.parse(joinModel({ before, foreign: original, outputs, metadata: {} }), original.name);
}

function classNames(
  n: number,
  { classes, told }: ImportOptions,
  name: string,
): { names: readonly string[]; from: ImportReport['classesFrom'] } {
  const given = classes ?? told?.classes;
  if (given) {
    if (given.length !== n) {
      const list = classes ? 'the list of classes' : `the list of classes in ${told?.from?.classes}`;
      const hint = classes ? '' : '; --classes says others';
      throw new FileError(name, `it has ${n} outputs, ${list} ${given.length} names${hint}`);
    }
    return { names: given.map(printable), from: classes ? 'option' : 'told' };
  }
  if (n === imagenetNames.length) return { names: imagenetNames, from: 'imagenet' };
  return { names: Array.from({ length: n }, (_, i) => `#${i}`), from: 'numbers' };
}
