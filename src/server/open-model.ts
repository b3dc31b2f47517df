/** A model's file, opened to be served. */
import { FullModel } from '../explain/full-model.ts';
import { camMethods, openMethod } from '../explain/methods/index.ts';
import { readFullModelBytes } from '../load-model.ts';
import type { KerasOptions } from '../models/keras-model.ts';
import { createSession } from '../runtime/node.ts';
import { networkMethod, ServedModel, type ServedModelOptions } from './served-model.ts';

export interface OpenOptions extends Omit<ServedModelOptions, 'model' | 'file'> {
  /** For a Keras file. */
  readonly keras?: KerasOptions;
}

/** Opens a full model's file, `.onnx` or Keras' `.h5`. @throws when it is none */
export async function openServedModel(
  path: string,
  { keras, ...options }: OpenOptions,
): Promise<ServedModel> {
  const file = await readFullModelBytes(path, keras);
  const model = await FullModel.load(file, createSession, { name: path, device: options.device });
  const methods = camMethods.filter(({ name }) => name !== networkMethod);
  return new ServedModel({
    ...options,
    model,
    file,
    methods: await Promise.all(
      methods.map(({ name }) => openMethod(name, model.network, createSession, { device: options.device })),
    ),
  });
}
