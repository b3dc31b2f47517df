/** Opens a model file for the server. */
import { encodeImported } from '../classifier/imported-classifier.ts';
import { readBytes } from '../data/files/read-file.ts';
import { methodsFor, openMethod } from '../explain/methods/index.ts';
import { openCamModel } from '../explain/open-cam-model.ts';
import { type AnyModel, anyModelIn, isForeignFile, type ReadModelOptions } from '../load-model.ts';
import { encodeModel } from '../models/model-file.ts';
import type { SessionCache } from '../runtime/session-cache.ts';
import { createAbortableSession } from './abortable-session.ts';
import { networkMethod, ServedModel, type ServedModelOptions } from './served-model.ts';

export interface OpenOptions extends Omit<ServedModelOptions, 'model' | 'file'> {
  /** Options for files of other programs. */
  readonly reading?: ReadModelOptions;
  /** Cache for the sessions of all models and methods. */
  readonly sessions?: SessionCache;
}

/**
 * Opens a model file of any kind.
 * @throws when it is not a model file
 */
export async function openServedModel(
  path: string,
  { reading, sessions, ...options }: OpenOptions,
): Promise<ServedModel> {
  const bytes = await readBytes(path);
  const found = await anyModelIn(bytes, path, reading);
  const { device } = options;
  const model = await openCamModel(found, createAbortableSession, { name: path, device, sessions });
  const methods = methodsFor(model.network).filter(({ name }) => name !== networkMethod);
  return new ServedModel({
    ...options,
    model,
    file: isForeignFile(bytes, path) ? await fileOf(found) : bytes,
    methods: await Promise.all(
      methods.map(({ name }) =>
        openMethod(name, model.network, createAbortableSession, { device, sessions }),
      ),
    ),
  });
}

/** The bytes of a model file. */
async function fileOf(model: AnyModel): Promise<Uint8Array> {
  return 'imported' in model ? encodeImported(model, createAbortableSession) : encodeModel(model);
}
