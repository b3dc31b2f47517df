/** Model files, of this project or of Keras, to models. The one place that opens either. */
import { readBytes } from './data/files/read-file.ts';
import { ThreadFailure, WorkerPool } from './data/threads/worker-pool.ts';
import { FileError } from './errors/file-error.ts';
import { FullModel } from './explain/full-model.ts';
import { HalfModel } from './explain/half-model.ts';
import type { KerasTask } from './keras-worker.ts';
import { isKerasFile } from './models/keras-file.ts';
import type { KerasOptions } from './models/keras-model.ts';
import type { Model } from './models/model.ts';
import { decodeModel, encodeModel } from './models/model-file.ts';
import { createSession } from './runtime/node.ts';
import type { SessionOptions } from './runtime/session.ts';

export interface LoadModelOptions extends SessionOptions {
  /** For a Keras file; a model file of this project has its own class names. */
  readonly keras?: KerasOptions;
}

/** Opens a model's file, half or full, `.onnx` or Keras' `.h5`. @throws when it is none. */
export async function loadModel(
  path: string,
  options: LoadModelOptions = {},
): Promise<HalfModel | FullModel> {
  const { keras, ...session } = options;
  const model = await readModel(path, keras);
  const kind = model.type === 'full' ? FullModel : HalfModel;
  return kind.load(model, createSession, { name: path, ...session });
}

/** Opens a half model's file, `.onnx` or Keras' `.h5`. @throws when it is none. */
export async function loadHalfModel(path: string, options: LoadModelOptions = {}): Promise<HalfModel> {
  const { keras, ...session } = options;
  const found = await open(await readBytes(path), path, { ...keras, type: 'half' });
  return HalfModel.load(found, createSession, {
    name: path,
    ...session,
  });
}

/** Opens a full model's file, `.onnx` or Keras' `.h5`. @throws when it is none. */
export async function loadFullModel(path: string, options: LoadModelOptions = {}): Promise<FullModel> {
  const { keras, ...session } = options;
  const found = await open(await readBytes(path), path, { ...keras, type: 'full' });
  return FullModel.load(found, createSession, {
    name: path,
    ...session,
  });
}

/**
 * Reads a model's file, `.onnx` or Keras' `.h5`, told apart by their content.
 * @throws when it is none, or not of the kind that the options ask for
 */
export async function readModel(path: string, options: KerasOptions = {}): Promise<Model> {
  return modelIn(await readBytes(path), path, options);
}

/** `readModel` of bytes at hand. @param name stands in the errors, usually the file's name */
export async function modelIn(bytes: Uint8Array, name: string, options: KerasOptions = {}): Promise<Model> {
  const found = await open(bytes, name, options);
  return found instanceof Uint8Array ? decodeModel(found, name, options.type) : found;
}

/**
 * The bytes of a full model as an `.onnx`: those of its file, or, from a Keras file, written anew.
 * @throws when it is neither; whether an `.onnx` is a full model, `FullModel.load` says
 */
export async function readFullModelBytes(path: string, options: KerasOptions = {}): Promise<Uint8Array> {
  const found = await open(await readBytes(path), path, { ...options, type: 'full' });
  return found instanceof Uint8Array ? found : encodeModel(found);
}

/** How long a Keras file may take, in milliseconds. Damaged ones can keep the library busy for ever; good ones take 0.2 s. */
const patience = 60_000;

/** The bytes of an `.onnx` as they are, or the model in a Keras file. */
async function open(bytes: Uint8Array, name: string, options: KerasOptions): Promise<Uint8Array | Model> {
  if (isKerasFile(bytes)) return readKeras(bytes, name, options);
  const { classes, numClasses, inputScale } = options;
  if (classes !== undefined || numClasses !== undefined || inputScale !== undefined) {
    throw new FileError(
      name,
      `names and number of classes and the input's scale are options for Keras files only`,
    );
  }
  return bytes;
}

/** In a thread of its own: see `patience`; and a file that upsets the library leaves it so for no other. */
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
