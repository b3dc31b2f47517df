/** Classifiers of other programs from their files, with all that lies beside them. */
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

/** What is said of the file of a classifier of another program. */
export interface ImportFileOptions {
  /** Path of a file with class names by index, as `readClasses` reads it. */
  readonly classes?: string;
  /** A name of `namedPreprocessing`, the path of a JSON file, as `readPreprocessing` reads it, or the numbers. */
  readonly preprocess?: string | Preprocessing;
  /** See `ImportOptions`. */
  readonly size?: number;
  /** See `ImportOptions`. */
  readonly fit?: 'squash' | 'crop';
  /** See `ImportOptions`. */
  readonly layer?: string;
  /** See `ImportOptions`. */
  readonly weights?: 'float16';
  /** Paths of pictures that it is shown beside the photographs that come along. */
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

/** The largest file of ONNX, in bytes. */
const mostBytes = 2 ** 31;

const photos = join(dirname(dirname(fileURLToPath(import.meta.url))), 'samples', 'photos');
const photoNames: readonly string[] = ['chelsea.jpg', 'coffee.jpg', 'astronaut.jpg', 'rocket.jpg'];

/**
 * Brings the ONNX classifier in a file into this project's contract. What files beside it say counts: Hugging Face's and timm's JSON, then
 * the metadata that Ultralytics writes; options count before them.
 * @throws `FileError`, one line, where a file is not what is needed; see `importClassifier`
 */
export async function importFile(path: string, options: ImportFileOptions = {}): Promise<Imported> {
  checkOptionNames('importFile', options, optionNames);
  await checkSize(path);
  return importBytes(await readBytes(path), path, options);
}

/** `importFile` of bytes at hand. @param path stands in the errors; files beside it are read */
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
    throw new FileError(path, 'it is a model of this project already, which every command takes as it is');
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

/** Before anything is read. */
async function checkSize(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  // What cannot be looked at, `readBytes` says better.
  if (found !== undefined && found.size >= mostBytes) {
    throw new FileError(path, `it has ${(found.size / 1e9).toFixed(1)} GB, an ONNX file holds at most 2 GB`);
  }
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path));
}

async function preprocessingOf(given: string | Preprocessing): Promise<Preprocessing> {
  if (typeof given !== 'string') return given;
  if (Object.hasOwn(namedPreprocessing, given)) return namedPreprocessing[given];
  if ((await stat(given).catch(() => undefined)) === undefined) {
    const names = Object.keys(namedPreprocessing).join(', ');
    throw new FileError(given, `neither the name of a preprocessing (${names}) nor a file`);
  }
  return readPreprocessing(parseJson(await readText(given), given), given);
}

/** What lies beside a model says, and beside its folder where that is called `onnx`, as exports for transformers.js have it. */
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

/** @throws the error unless it is that there is no such file */
function missing(error: Error): undefined {
  if ((error.cause as NodeJS.ErrnoException | undefined)?.code !== 'ENOENT') throw error;
}

/** A file with weights. Symbolic links may not lead out of the folder, that of the model's link or of the model itself. */
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
