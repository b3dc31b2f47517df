/** Option parsers that several commands share. An invalid value is wrong usage: exit code 2. */
import { InvalidArgumentError, Option } from 'commander';
import { namedPreprocessing } from '../classifier/preprocessing.ts';
import { parseClassNames } from '../data/dataset/class-names.ts';
import { readBytes } from '../data/files/read-file.ts';
import type { ValueRange } from '../data/picture/value-range.ts';
import { parseLayers } from '../explain/methods/layers.ts';
import type { ReadModelOptions } from '../load-model.ts';
import type { KerasOptions } from '../models/keras-model.ts';
import {
  impliedBy,
  type NumberEntry,
  parameterTable,
  type RefineOptions,
  refineParameters,
  varyingDefault,
  wordsOf,
} from '../refine/parameters.ts';
import { deviceChoices } from '../runtime/pick-device.ts';
import { kebabCase } from '../text/case.ts';
import { sentence } from '../text/sentence.ts';

/** Parses a whole number within bounds. */
export function whole(low: number, high: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) {
      const range = high === Number.MAX_SAFE_INTEGER ? `>= ${low}` : `from ${low} to ${high}`;
      throw new InvalidArgumentError(`A whole number ${range} is needed.`);
    }
    return value;
  };
}

/** Parses a number within closed bounds. */
export function real(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high)) {
      throw new InvalidArgumentError(`A number from ${low} to ${high} is needed.`);
    }
    return value;
  };
}

/** Parses a number within open bounds. */
export function between(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value > low && value < high)) {
      throw new InvalidArgumentError(`A number between ${low} and ${high} is needed.`);
    }
    return value;
  };
}

/** The largest input size of a network, in pixels: computation grows with its square. */
const mostImageSize = 4096;

/** Parses an image size, which must be divisible by 32: networks halve it five times. */
export function imageSize(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 32 || value > mostImageSize || value % 32 !== 0) {
    throw new InvalidArgumentError(`A multiple of 32 up to ${mostImageSize} is needed.`);
  }
  return value;
}

/**
 * The default device is the CPU, so that a command gives the same numbers on every machine of a kind,
 * whatever its GPU and driver. `settleDevice` replaces 'auto' before the command begins.
 */
export function deviceOption(): Option {
  return new Option('--device <name>', 'where to compute; auto: on a GPU if one is found')
    .choices([...deviceChoices])
    .default('cpu');
}

/** The NVIDIA card, numbered as by nvidia-smi. `settleDevice` makes it part of the device. */
export function gpuOption(): Option {
  return new Option(
    '--gpu <n>',
    'number of the NVIDIA card, with --device cuda or auto (auto then uses CUDA); default: 0, the first',
  )
    .argParser(whole(0, 255))
    .default(undefined, '0');
}

/** Parses the number of channels: RGB or grey. */
export function channels(text: string): 1 | 3 {
  if (text !== '1' && text !== '3') throw new InvalidArgumentError('1 or 3 is needed.');
  return Number(text) as 1 | 3;
}

/** Parses names of layers, separated by commas. */
export function layers(text: string): string[] {
  try {
    return parseLayers(text);
  } catch (error) {
    throw new InvalidArgumentError(sentence((error as Error).message));
  }
}

/** Parses a name of results: a relative path that stays inside the folder of all results. */
export function resultsName(text: string): string {
  const parts = text.split(/[\\/]/);
  if (/^[a-z]:/i.test(text) || parts.some((part) => part.trim() === '' || part === '.' || part === '..')) {
    throw new InvalidArgumentError("A path inside 'results' is needed, such as half/birds.");
  }
  return text;
}

/** Options about a model file that is not this project's, besides its kind. */
export interface GivenModelOptions {
  readonly classes?: string;
  readonly inputScale?: 1 | 255;
  readonly preprocess?: string;
  readonly fit?: 'squash' | 'crop';
  readonly imSize?: number;
}

/** The class names of a Keras file, or of another program's classifier. */
export function classesOption(): Option {
  return new Option(
    '--classes <file>',
    'class names by index, for a Keras file or an ONNX file of another program: one per line, or JSON; default: its own names, those of ImageNet for 1,000 classes, otherwise #0, #1, ...',
  );
}

/** The preprocessing of pictures for another program's classifier. */
export function preprocessOption(): Option {
  return new Option(
    '--preprocess <name|file>',
    `preprocessing for an ONNX file of another program: ${Object.keys(namedPreprocessing).join(', ')}, or JSON, in a file or as text; default: from the files beside it, otherwise guessed`,
  );
}

/** How pictures are resized or cropped for another program's classifier. */
export function fitOption(): Option {
  return new Option(
    '--fit <how>',
    'for an ONNX file of another program: squash pictures to its input size, or crop their centre; choose as in its training',
  ).choices(['squash', 'crop']);
}

/** The options of commands that open a model of any kind. */
export function modelOptions(): Option[] {
  return [classesOption(), inputScaleOption(), preprocessOption(), fitOption()];
}

/** The options for reading a model file of any kind. Notes of an import are printed on the error stream. */
export function readOptions({
  classes,
  inputScale,
  preprocess,
  fit,
  imSize,
}: GivenModelOptions): ReadModelOptions {
  return {
    keras: { inputScale, imSize },
    foreign: { classes, preprocess, fit, size: imSize },
    tell: (line) => console.error(line),
  };
}

/** The input range of a Keras file. */
export function inputScaleOption(): Option {
  return new Option('--input-scale <n>', 'for a Keras file: 255 if it was trained on values from 0 to 255')
    .argParser(inputScale)
    .default(undefined, '1');
}

function inputScale(text: string): 1 | 255 {
  if (text !== '1' && text !== '255') throw new InvalidArgumentError('1 or 255 is needed.');
  return Number(text) as 1 | 255;
}

/**
 * The options for reading a Keras file, with its list of classes read.
 * @throws when the list cannot be read
 */
export async function kerasOptions({
  classes,
  inputScale,
  ...rest
}: Pick<GivenModelOptions, 'classes' | 'inputScale'> & Omit<KerasOptions, 'classes'>): Promise<KerasOptions> {
  const names =
    classes === undefined
      ? undefined
      : parseClassNames(new TextDecoder().decode(await readBytes(classes)), classes);
  return { ...rest, inputScale, classes: names };
}

/** The size at which a command runs the model. */
export function imageSizeOption(): Option {
  return new Option(
    '--im-size <n>',
    'input size of the model, in pixels; for networks of this project a multiple of 32; default: the size it was trained at',
  ).argParser(whole(1, mostImageSize));
}

/** The values of pictures that are black and white. */
export function valueRangeOption(): Option {
  return new Option(
    '--value-range <min,max>',
    'values of black and white in pictures that are not 8-bit; default: 0,65535 for 16-bit pictures; required for all others',
  ).argParser(valueRange);
}

function valueRange(text: string): ValueRange {
  const [black, white, ...more] = text
    .split(',')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!(Number.isFinite(black) && Number.isFinite(white) && black < white) || more.length > 0) {
    throw new InvalidArgumentError('Two numbers are needed, the smaller one first, such as 0,4095.');
  }
  return [black, white];
}

/** One option for each parameter of the refinement pipeline. */
export function pipelineOptions(): Option[] {
  return refineParameters.map((parameter) => {
    const { name, refiner, placeholder, hint } = parameter;
    const whose = refiner === undefined ? '' : `${parameterTable.refiner.words[refiner]}: `;
    const varying = varyingDefault(parameter);
    const help = `${whose}${hint}${varying === undefined ? '' : `; default: ${varying}`}`;
    const option = new Option(`--${kebabCase(name)} <${placeholder}>`, help);
    if ('words' in parameter) option.choices(wordsOf(parameter));
    else option.argParser(numberParser(parameter));
    if (varying !== undefined) return option;
    // A parameter that implies another is passed on only when it was given: see `completeOptions`.
    return impliedBy(parameter).length === 0
      ? option.default(parameter.default)
      : option.default(undefined, String(parameter.default));
  });
}

function numberParser({ range: [low, high], open, whole: isWhole }: NumberEntry): (text: string) => number {
  if (isWhole) return whole(open ? low + 1 : low, high);
  return open ? realAbove(low, high) : real(low, high);
}

/** Parses a number above the lower bound. */
export function realAbove(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = real(low, high)(text);
    if (value === low) throw new InvalidArgumentError(`A number above ${low} and up to ${high} is needed.`);
    return value;
  };
}

/** The pipeline's parameters among all options of a command. */
export function pickRefineOptions(options: Readonly<Record<string, unknown>>): RefineOptions {
  return Object.fromEntries(refineParameters.map(({ name }) => [name, options[name]]));
}
