/** Imports other programs' classifiers from files, including the files beside them. */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Declared, mergeDeclared } from './classifier/declared.ts';
import { checkFileKind } from './classifier/file-kind.ts';
import { type Imported, importClassifier } from './classifier/import-classifier.ts';
import { namedPreprocessing, type Preprocessing } from './classifier/preprocessing.ts';
import { readClasses } from './classifier/read-classes.ts';
import { declaredByMetadata, sidecars } from './classifier/read-declared.ts';
import { readPreprocessing } from './classifier/read-preprocessing.ts';
import { readBytes } from './data/files/read-file.ts';
import { readPicture } from './data/picture/decode.ts';
import { FileError } from './errors/file-error.ts';
import { checkOptionNames } from './errors/option-names.ts';
import { parseJson } from './errors/parse-json.ts';
import { readMetadata } from './graph/onnx/proto.ts';
import { createSession } from './runtime/node.ts';

/** `Preprocessing` as a program may give it: one number in place of a list; `scale` 1 and `bgr` false by default. */
export interface PreprocessingGiven {
  readonly mean: number | readonly number[];
  readonly std: number | readonly number[];
  readonly scale?: number;
  readonly bgr?: boolean;
}

/** Options for importing another program's classifier file. */
export interface ImportFileOptions {
  /** Path of a file with class names by index, as `readClasses` reads it. */
  readonly classes?: string;
  /**
   * A name in `namedPreprocessing`, the path of a JSON file with `PreprocessingGiven` or a
   * `preprocessor_config.json`, such JSON itself, or the numbers.
   */
  readonly preprocess?: string | PreprocessingGiven;
  /** See `ImportOptions`. */
  readonly size?: number;
  /** See `ImportOptions`. */
  readonly fit?: 'squash' | 'crop';
  /** See `ImportOptions`. */
  readonly layer?: string;
  /** See `ImportOptions`. */
  readonly weights?: 'float16';
  /** Paths of test pictures for the import, in addition to the included photographs. */
  readonly pictures?: readonly string[];
}

const optionNames: readonly string[] = [
  'classes',
  'preprocess',
  'size',
  'fit',
  'layer',
  'weights',
  'pictures',
];

/** Size limit of ONNX files, in bytes. */
const mostBytes = 2 ** 31;

const photos = join(dirname(dirname(fileURLToPath(import.meta.url))), 'samples', 'photos');
const photoNames: readonly string[] = ['chelsea.jpg', 'coffee.jpg', 'astronaut.jpg', 'rocket.jpg'];

/**
 * Converts an ONNX classifier file to this project's contract: probabilities and the low-resolution map in
 * one pass, pictures as `[N, H, W, C]` in [0, 1]. Settings come from the options, then from JSON files of
 * Hugging Face and timm beside the model, then from Ultralytics' metadata; what nothing says is guessed or
 * assumed, and reported. The result is compared with the original on the photographs that come along:
 * probabilities differ by at most 1e-5.
 * @throws `FileError`, one line, when a file is unsuitable; see `importClassifier`
 * @example
 * ```ts
 * import { importLines } from 'high-res-mapping';
 * import { importFile, writeFileWhole } from 'high-res-mapping/node';
 *
 * const imported = await importFile('classifier.onnx', { preprocess: 'imagenet' });
 * console.log(imported.classifier.classes.length, imported.classifier.imSize); //=> 6 64
 * console.log(imported.report.difference < 1e-5); //=> true
 * console.log(importLines(imported)[1]); //=> size:          64 x 64, the only size that the file accepts
 * await writeFileWhole('imported.onnx', imported.file);
 * ```
 */
export async function importFile(path: string, options: ImportFileOptions = {}): Promise<Imported> {
  checkOptionNames('importFile', options, optionNames);
  await checkSize(path);
  return importBytes(await readBytes(path), path, options);
}

/**
 * `importFile` for bytes in memory.
 * @param path for errors; files beside it are read
 */
export async function importBytes(
  bytes: Uint8Array,
  path: string,
  options: ImportFileOptions = {},
): Promise<Imported> {
  const { classes, preprocess, size, fit, layer, weights, pictures = [] } = options;
  checkOptionNames('importFile', options, optionNames);
  checkFileKind(bytes, path);
  const metadata = readMetadata(bytes, path);
  if ('hrm.type' in metadata) {
    throw new FileError(path, 'it is already a model of this project; commands take it without an import');
  }
  const shown = [...pictures, ...photoNames.map((name) => join(photos, name))];
  return importClassifier(bytes, createSession, {
    name: path,
    classes: classes === undefined ? undefined : readClasses(await readText(classes), classes),
    preprocessing: preprocess === undefined ? undefined : await preprocessingOf(preprocess),
    size,
    fit,
    layer,
    weights,
    declared: mergeDeclared([...(await readSidecars(path)), declaredByMetadata(metadata, path)]),
    readBeside: (location) => readBeside(path, location),
    pictures: await Promise.all(shown.map((picture) => readPicture(picture))),
  });
}

/** Checks the size before the file is read. */
async function checkSize(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  // If `stat` fails, `readBytes` reports a better error.
  if (found !== undefined && found.size >= mostBytes) {
    throw new FileError(path, `it has ${(found.size / 1e9).toFixed(1)} GB, an ONNX file holds at most 2 GB`);
  }
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path));
}

async function preprocessingOf(given: string | PreprocessingGiven): Promise<Preprocessing> {
  if (typeof given !== 'string') return readPreprocessing(given, 'preprocess');
  if (/^\s*\{/.test(given)) return readPreprocessing(parseJson(given, 'preprocess'), 'preprocess');
  if (Object.hasOwn(namedPreprocessing, given)) return namedPreprocessing[given];
  if ((await stat(given).catch(() => undefined)) === undefined) {
    const names = Object.keys(namedPreprocessing).join(', ');
    throw new FileError(given, `neither the name of a preprocessing (${names}) nor a JSON file`);
  }
  return readPreprocessing(parseJson(await readText(given), given), given);
}

/**
 * Reads settings from files beside a model, and beside its folder if that is called `onnx`, as in exports for
 * transformers.js.
 */
async function readSidecars(path: string): Promise<Declared[]> {
  const folder = dirname(path);
  const folders = basename(resolve(folder)) === 'onnx' ? [folder, join(folder, '..')] : [folder];
  const declared: Declared[] = [];
  for (const [name, read] of Object.entries(sidecars)) {
    for (const file of folders.map((one) => join(one, name))) {
      const text = await readText(file).catch(missing);
      if (text === undefined) continue;
      declared.push(read(parseJson(text, file), file));
      break;
    }
  }
  return declared;
}

/** @throws the error unless the file does not exist */
function missing(error: Error): undefined {
  if ((error.cause as NodeJS.ErrnoException | undefined)?.code !== 'ENOENT') throw error;
}

/**
 * Reads a file with weights. Symbolic links may lead only into the folder of the given path or of the
 * resolved model.
 */
async function readBeside(model: string, location: string): Promise<Uint8Array> {
  const path = join(dirname(model), location);
  const target = await realpath(path).catch(() => undefined);
  if (target === undefined) {
    throw new FileError(path, `no such file, which holds weights of ${basename(model)}; both are needed`);
  }
  const folders = [await realpath(dirname(model)), dirname(await realpath(model))];
  if (folders.every((folder) => leads(relative(folder, target)))) {
    throw new FileError(path, `weights are read from the model's folder only, this is a link to ${target}`);
  }
  await checkSize(path);
  return readBytes(path);
}

/** Whether a relative path leads out of the folder. */
function leads(path: string): boolean {
  return path === '..' || path.startsWith(`..${sep}`) || resolve(path) === path;
}
