/** Imports an ONNX file with an image classifier as a model of this project. */
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
import type { Declared } from './declared.ts';
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
import { checkValueSizes } from './value-sizes.ts';
import { float32Name } from './values.ts';

/** Options of `importClassifier`; what is left out is declared by files, guessed or assumed. */
export interface ImportOptions {
  /** Name in errors and reports, usually the file's. */
  readonly name?: string;
  /**
   * Class names, by index. Default: those that `declared` has; for 1,000 outputs, ImageNet's; else #0, #1,
   * ...
   */
  readonly classes?: readonly string[];
  /** Default: as `declared`, else guessed. */
  readonly preprocessing?: Preprocessing;
  /**
   * Height and width of its input, in pixels. Default: the fixed size of the file; that of `declared`; 224.
   */
  readonly size?: number;
  /** 'crop': the middle of the picture, as in training. Default 'squash'. */
  readonly fit?: 'squash' | 'crop';
  /**
   * The value that CAM methods use by default; without a linear head also the low-res map. Default: found
   * automatically.
   */
  readonly layer?: string;
  /**
   * 'float16': its file stores large weights in 16 bits, half the size, and computes in float32. Default:
   * unchanged.
   */
  readonly weights?: 'float16';
  /** What files beside the classifier, and its metadata, declare. */
  readonly declared?: Declared;
  /** Reads weights from files beside the model. */
  readonly readBeside?: ReadBeside;
  /** Pictures with which the preprocessing is guessed and the import is compared with the original. */
  readonly pictures?: readonly Picture[];
}

/** What was found, and what was assumed. */
export interface ImportReport {
  readonly input: ImageInput;
  /** Element type of the input, such as `float32`. */
  readonly inputType: string;
  readonly output: ClassOutput;
  /** Where the size comes from. */
  readonly sizeFrom: 'the file' | 'option' | 'declared' | 'assumed';
  readonly preprocessingFrom: 'option' | 'declared' | PreprocessingGuess;
  readonly classesFrom: 'option' | 'declared' | 'imagenet' | 'numbers';
  /** Largest difference between the probabilities of import and original, on these pictures. */
  readonly difference: number;
  /** The same after rounding the weights to 16 bits, if they are. */
  readonly rounded?: number;
  readonly pictures: number;
  /** How much its outputs for these pictures differ (`apartness`), for two pictures or more. */
  readonly apart?: number;
  readonly declared: Declared;
}

/** The result of an import. */
export interface Imported {
  readonly classifier: ImportedClassifier;
  /** The bytes of the model file. */
  readonly file: Uint8Array;
  readonly report: ImportReport;
}

const usualSize = 224;
/** Share of the shorter side that training usually saw: 224 of 256. */
const usualCrop = 0.875;
/** Largest accepted difference between the probabilities of original and import. */
const tolerance = 1e-5;

/** Names that a model file uses itself, besides those that begin with `hrm/`. */
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
 * Imports an ONNX classifier. Its nodes need not be known here: they stay as they are, and ONNX Runtime is
 * asked for their values; only the operators after the explained layer must be known.
 * @param bytes the ONNX file. It has one input, pixels `[N, C, H, W]` or `[N, H, W, C]`, C = 3 or 1, and
 * gives logits or probabilities of M classes.
 * @param createSession of `high-res-mapping/node` or `high-res-mapping/browser`
 * @returns the classifier for `HalfModel.load`, the bytes of its model file, and what was found and
 * assumed (`importLines` says it in words)
 * @throws `FileError`, one line, if it is not an image classifier, cannot be explained, or the import's
 * results differ from the original's, or the number of class names is another; an `Error` if the
 * preprocessing does not fit
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { importClassifier, namedPreprocessing } from 'high-res-mapping';
 * import { createSession } from 'high-res-mapping/node';
 *
 * const { classifier, report } = await importClassifier(await readFile('classifier.onnx'), createSession, {
 *   classes: ['cat', 'cow', 'dog', 'hen', 'owl', 'pig'],
 *   preprocessing: namedPreprocessing.imagenet,
 * });
 * console.log(classifier.imSize, classifier.imported.head); //=> 64 linear
 * console.log(report.sizeFrom, report.output.activation); //=> the file softmax
 * ```
 */
export async function importClassifier(
  bytes: Uint8Array,
  createSession: CreateSession,
  options: ImportOptions = {},
): Promise<Imported> {
  const { name = 'the classifier', declared = {}, pictures = [] } = options;
  const found = await ForeignModel.parse(bytes, name, options.readBeside);
  checkOperators(found);
  const { input, source } = imageInputOf(found);
  const { original, inputName } = withPlainNames(found, source);
  const { size, from: sizeFrom } = sizeOf(input, options, name);
  if (size > largestImageSize) {
    const whose = sizeFrom === 'declared' ? `${declared.from?.size} says ${size}` : `it looks at ${size}`;
    throw new FileError(name, `${whose} x ${size} pixels; at most ${largestImageSize} are possible`);
  }
  const fit: Fit = options.fit === 'crop' ? { crop: declared.crop ?? usualCrop } : 'squash';
  const seen = pictures.map((picture) => seenAt(picture, size, input.channels, fit));
  const named = { ...input, name: inputName };
  await checkedSizes(original, named, size, createSession);
  const run = await OriginalRun.open(original, named, size, createSession, declared.multiLabel);
  try {
    return await importWith(run, seen, {
      options,
      source,
      outputs: found.outputs,
      size,
      sizeFrom,
      fit,
      name,
      declared,
      createSession,
    });
  } finally {
    await run.release();
  }
}

/** @throws `FileError` if its values would take more memory than any classifier needs */
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
  readonly declared: Declared;
  readonly source: ForeignInput;
  /** Names of the outputs in the file. */
  readonly outputs: readonly string[];
  readonly size: number;
  readonly sizeFrom: ImportReport['sizeFrom'];
  readonly fit: Fit;
  readonly createSession: CreateSession;
}

/**
 * @param run runs the original
 * @param seen the pictures as the classifier sees them
 */
async function importWith(
  run: OriginalRun,
  seen: readonly Picture[],
  { options, name, declared, source, outputs, size, sizeFrom, fit, createSession }: Setting,
): Promise<Imported> {
  const { input, output } = run;
  const guess =
    options.preprocessing || declared.preprocessing ? undefined : await guessPreprocessing(run, seen);
  const preprocessing =
    options.preprocessing ?? declared.preprocessing ?? (guess as PreprocessingGuess).chosen;
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
      preprocessingFrom: options.preprocessing ? 'option' : (guess ?? 'declared'),
      classesFrom: classes.from,
      difference,
      rounded:
        stored.file === file
          ? undefined
          : await compareProbabilities(stored.file, wanted, seen, createSession),
      pictures: seen.length,
      apart: seen.length < 2 ? undefined : apartness(wanted, output),
      declared,
    },
  };
}

/** The classifier as it is after its file was written and read. */
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

/** The model, with values renamed that have reserved names, and with a float32 input. */
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
  { size, declared }: ImportOptions,
  name: string,
): { size: number; from: ImportReport['sizeFrom'] } {
  const own = height ?? width;
  if (height !== undefined && width !== undefined && height !== width) {
    throw new FileError(
      name,
      `its input is ${height} x ${width} pixels, but must be square: export it so, or with free sizes`,
    );
  }
  if (own === undefined) {
    if (size !== undefined) return { size, from: 'option' };
    return declared?.size === undefined
      ? { size: usualSize, from: 'assumed' }
      : { size: declared.size, from: 'declared' };
  }
  if (size !== undefined && size !== own) {
    throw new FileError(name, `it takes only ${own} x ${own} pixels, got ${size}; export it with free sizes`);
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
  { classes, declared }: ImportOptions,
  name: string,
): { names: readonly string[]; from: ImportReport['classesFrom'] } {
  const given = classes ?? declared?.classes;
  if (given) {
    if (given.length !== n) {
      const list = classes ? 'the list of classes' : `the list of classes in ${declared?.from?.classes}`;
      const hint = classes ? '' : '; --classes sets others';
      throw new FileError(name, `it has ${n} outputs, ${list} ${given.length} names${hint}`);
    }
    return { names: given.map(printable), from: classes ? 'option' : 'declared' };
  }
  if (n === imagenetNames.length) return { names: imagenetNames, from: 'imagenet' };
  return { names: Array.from({ length: n }, (_, i) => `#${i}`), from: 'numbers' };
}
