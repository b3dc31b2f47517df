/**
 * Opens model files of all kinds: this project's, Keras', and other programs' classifiers. No other module
 * opens them.
 */

import { importLines } from './classifier/import-lines.ts';
import { decodeImported, type ImportedClassifier, onnxKindOf } from './classifier/imported-classifier.ts';
import { parseClassNames } from './data/dataset/class-names.ts';
import { readBytes } from './data/files/read-file.ts';
import { ThreadFailure, WorkerPool } from './data/threads/worker-pool.ts';
import { FileError } from './errors/file-error.ts';
import { checkOptionNames } from './errors/option-names.ts';
import { FullModel } from './explain/full-model.ts';
import { HalfModel } from './explain/half-model.ts';
import { openCamModel } from './explain/open-cam-model.ts';
import { type ImportFileOptions, importBytes } from './import-file.ts';
import type { KerasTask } from './keras-worker.ts';
import { isKerasFile } from './models/keras-file.ts';
import type { KerasOptions } from './models/keras-model.ts';
import type { Model } from './models/model.ts';
import { decodeModel } from './models/model-file.ts';
import { createSession } from './runtime/node.ts';
import type { SessionOptions } from './runtime/session.ts';

/** A model of this project, or another program's classifier. */
export type AnyModel = Model | ImportedClassifier;

/** Options for model files that are not this project's own. */
export interface ReadModelOptions {
  /** For a Keras file. This project's model files contain their class names. */
  readonly keras?: KerasOptions;
  /** For another program's ONNX file, which is imported. `classes` also applies to a Keras file. */
  readonly foreign?: ImportFileOptions;
  /** Called with each line that an import reports. Default: nothing is reported. */
  readonly tell?: (line: string) => void;
}

/** How a model file is read, and where the model runs. */
export interface LoadModelOptions extends SessionOptions, ReadModelOptions {}

/**
 * Opens a model file: `.onnx` of this project, half or full; any other ONNX classifier, imported as a half
 * model; Keras' `.h5`. The kind is recognised by the content. `release` frees the model's memory.
 * @param options default: on the CPU; what an import finds is not told
 * @throws `FileError` when the file is missing, damaged or not a model, or an option repeats what it says;
 * when the device cannot be used
 * @example
 * ```ts
 * import { loadModel } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx');
 * console.log(model.type, model.imSize, model.classes[4]); //=> full 64 star
 * await model.release();
 * const tell = (line = '') => line.startsWith('head') && console.log(line);
 * const other = await loadModel('classifier.onnx', { foreign: { preprocess: 'imagenet' }, tell });
 * //=> head:          linear after global pooling: the low-resolution map is the exact CAM
 * console.log(other.type, other.imSize, other.classes.length); //=> half 64 6
 * await other.release();
 * ```
 */
export async function loadModel(
  path: string,
  options: LoadModelOptions = {},
): Promise<HalfModel | FullModel> {
  checkOptionNames('loadModel', options, ['keras', 'foreign', 'tell', 'device', 'purpose']);
  const { keras, foreign, tell, ...session } = options;
  const model = await readAnyModel(path, { keras, foreign, tell });
  return openCamModel(model, createSession, { name: path, ...session });
}

/**
 * `loadModel` for half models: predictions and the low-resolution map. Other programs' classifiers are half
 * models.
 * @throws as `loadModel`; `ModelKindError` when the file is a full model
 * @example
 * ```ts
 * import { loadHalfModel, readPicture, toImage } from 'high-res-mapping/node';
 *
 * const model = await loadHalfModel('classifier.onnx', { foreign: { preprocess: 'imagenet' } });
 * const image = toImage(await readPicture('samples/photos/chelsea.jpg', { size: model.imSize }));
 * const { cam, predictions } = await model.generateCams(image);
 * console.log(cam.shape, predictions.shape); //=> [ 1, 4, 4 ] [ 1, 6 ]
 * await model.release();
 * ```
 */
export async function loadHalfModel(path: string, options: LoadModelOptions = {}): Promise<HalfModel> {
  const { keras, foreign, tell, ...session } = options;
  const model = await readAnyModel(path, { keras: { ...keras, type: 'half' }, foreign, tell });
  return HalfModel.load(model, createSession, { name: path, ...session });
}

/**
 * `loadModel` for full models: predictions, the low-resolution and the high-resolution map.
 * @throws as `loadModel`; `ModelKindError` when the file is a half model
 * @example
 * ```ts
 * import { loadFullModel, readImage } from 'high-res-mapping/node';
 *
 * const model = await loadFullModel('models/scenes.onnx');
 * const { image } = await readImage('scenes', { className: 'star', index: 0, size: 64 });
 * const { high, low } = await model.generateCams(image);
 * console.log(high.shape, low.shape); //=> [ 1, 64, 64 ] [ 1, 4, 4 ]
 * await model.release();
 * ```
 */
export async function loadFullModel(path: string, options: LoadModelOptions = {}): Promise<FullModel> {
  const { keras, foreign, tell, ...session } = options;
  const model = await readAnyModel(path, { keras: { ...keras, type: 'full' }, foreign, tell });
  return FullModel.load(model, createSession, { name: path, ...session });
}

/**
 * Reads a model file of any kind, recognised by its content, without opening a session for it: to look at it,
 * to convert it, or to open it later, also several times. An import does run the classifier, to check itself.
 * @returns a model of this project, or an imported classifier, which has the field `imported`
 * @throws `FileError` when the file is missing, damaged or not a model, or an option repeats what it says
 * @example
 * ```ts
 * import { HalfModel } from 'high-res-mapping';
 * import { createSession, readAnyModel } from 'high-res-mapping/node';
 *
 * const file = await readAnyModel('classifier.onnx', { foreign: { preprocess: 'imagenet' } });
 * console.log(file.type, file.classes.length, 'imported' in file); //=> half 6 true
 * const model = await HalfModel.load(file, createSession);
 * console.log(model.imSize); //=> 64
 * await model.release();
 * ```
 */
export async function readAnyModel(path: string, options: ReadModelOptions = {}): Promise<AnyModel> {
  return anyModelIn(await readBytes(path), path, options);
}

/**
 * `readAnyModel` for bytes in memory.
 * @param path for errors; files beside it are read
 */
export async function anyModelIn(
  bytes: Uint8Array,
  path: string,
  { keras = {}, foreign = {}, tell }: ReadModelOptions = {},
): Promise<AnyModel> {
  const kind = kindOf(bytes, path);
  checkOptions(path, kind, keras, foreign);
  switch (kind) {
    case 'keras': {
      const { classes } = foreign;
      return readKeras(
        bytes,
        path,
        classes === undefined ? keras : { ...keras, classes: await namesIn(classes) },
      );
    }
    case 'own':
      return decodeModel(bytes, path, keras.type);
    case 'imported':
      return decodeImported(bytes, path, createSession);
    case 'foreign': {
      const imported = await importBytes(bytes, path, foreign);
      for (const line of importLines(imported)) tell?.(line);
      return imported.classifier;
    }
  }
}

async function namesIn(file: string): Promise<string[]> {
  return parseClassNames(new TextDecoder().decode(await readBytes(file)), file);
}

/**
 * Reads a model of this project's own network, `.onnx` or Keras' `.h5`, recognised by its content, with its
 * weights. No session is opened. For any model file: `readAnyModel`.
 * @throws `FileError` when the file is missing, damaged or not a model, not of the type in the options, or
 * another program's classifier, even an imported one
 * @example
 * ```ts
 * import { FileError } from 'high-res-mapping';
 * import { readModel } from 'high-res-mapping/node';
 *
 * const { type, expansion, classes } = await readModel('models/scenes.onnx');
 * console.log(type, expansion, classes.length); //=> full tied-image 6
 * const refused = await readModel('models/imagenet.onnx').catch((error) => error);
 * console.log(refused instanceof FileError && refused.reason.split(';')[0]);
 * //=> a classifier of another program
 * ```
 */
export async function readModel(path: string, options: KerasOptions = {}): Promise<Model> {
  return modelIn(await readBytes(path), path, options);
}

/**
 * `readModel` for bytes in memory.
 * @param name for errors, usually the file's name
 */
export async function modelIn(bytes: Uint8Array, name: string, options: KerasOptions = {}): Promise<Model> {
  const kind = kindOf(bytes, name);
  if (kind === 'keras') return readKeras(bytes, name, options);
  if (kind !== 'own') {
    throw new FileError(name, 'a classifier of another program; a network of this project is needed here');
  }
  const { classes, numClasses, inputScale } = options;
  if (classes !== undefined || numClasses !== undefined || inputScale !== undefined) {
    throw new FileError(
      name,
      "names and number of classes and the input's scale are options for Keras files only",
    );
  }
  return decodeModel(bytes, name, options.type);
}

/** The kind of a file, recognised by its content. @throws `FileError` when it is neither HDF5 nor ONNX */
function kindOf(bytes: Uint8Array, name: string): 'keras' | 'own' | 'imported' | 'foreign' {
  if (isKerasFile(bytes)) return 'keras';
  return onnxKindOf(bytes, name);
}

/**
 * Whether a file is not a model file of this project. @throws `FileError` when it is neither HDF5 nor ONNX
 */
export function isForeignFile(bytes: Uint8Array, name: string): boolean {
  return ['keras', 'foreign'].includes(kindOf(bytes, name));
}

type FileKind = ReturnType<typeof kindOf>;

/** Options of the command line for settings that some kinds of files do not contain. */
const options: readonly {
  readonly name: string;
  readonly kinds: readonly FileKind[];
  readonly given: (keras: KerasOptions, foreign: ImportFileOptions) => unknown;
}[] = [
  { name: '--classes', kinds: ['keras', 'foreign'], given: (keras, { classes }) => classes ?? keras.classes },
  { name: '--input-scale', kinds: ['keras'], given: ({ inputScale }) => inputScale },
  { name: '--num-classes', kinds: ['keras'], given: ({ numClasses }) => numClasses },
  { name: '--preprocess', kinds: ['foreign'], given: (_, { preprocess }) => preprocess },
  { name: '--fit', kinds: ['foreign'], given: (_, { fit }) => fit },
];

const kindNames: Readonly<Record<FileKind, string>> = {
  keras: 'Keras files',
  foreign: 'classifiers of other programs',
  own: 'model files',
  imported: 'imported classifiers',
};

/** @throws when an option repeats a setting that the file contains */
function checkOptions(path: string, kind: FileKind, keras: KerasOptions, foreign: ImportFileOptions): void {
  const odd = options.find(
    ({ kinds, given }) => !kinds.includes(kind) && given(keras, foreign) !== undefined,
  );
  if (!odd) return;
  if (kind === 'imported' && odd.kinds.includes('foreign')) {
    throw new FileError(
      path,
      `${odd.name} was settled when it was imported; import the original again with it`,
    );
  }
  const fitting = odd.kinds.map((one) => kindNames[one]).join(' and ');
  throw new FileError(path, `${odd.name} is only for ${fitting}`);
}

/**
 * Time limit for a Keras file in milliseconds. Damaged files can block the library for ever; valid ones take
 * 0.2 s.
 */
const patience = 60_000;

/**
 * Reads a Keras file in a thread of its own: damaged files may block the library (see `patience`) or leave it
 * in a broken state.
 */
export async function readKeras(
  bytes: Uint8Array,
  name: string,
  options: KerasOptions = {},
  limit: number = patience,
): Promise<Model> {
  const module = new URL('./keras-worker', import.meta.url);
  const thread = new WorkerPool<KerasTask, Model>(module, 1, limit);
  try {
    return await thread.run({ bytes, name, options });
  } catch (error) {
    if (!(error instanceof ThreadFailure)) throw error;
    throw new FileError(name, `damaged: a worker thread failed: ${error.reason}`, { cause: error });
  } finally {
    thread.end();
  }
}
