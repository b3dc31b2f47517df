/**
 * Model files: one `.onnx` that any ONNX Runtime runs, with its weights, and in its metadata what else a user needs
 * (kind, class names, sizes, how it was trained).
 */
import { z } from 'zod';
import { FileError } from '../errors/file-error.ts';
import { ModelKindError } from '../errors/model-kind-error.ts';
import type { Graph } from '../graph/graph.ts';
import { decodeOnnx, encodeOnnx } from '../graph/onnx/proto.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { describeParameters, inferenceGraph } from './inference.ts';
import { jsonText } from './json-metadata.ts';
import { checkConfig, expansions, type Model, type ModelType } from './model.ts';

const schema = z.object({
  'hrm.format': z.literal('1'),
  'hrm.type': z.enum(['half', 'full']),
  'hrm.expansion': z.enum(expansions).optional(),
  'hrm.classes': jsonText(z.array(z.string())),
  'hrm.im_size': z.coerce.number(),
  'hrm.channels': z.coerce.number(),
  'hrm.training': jsonText(z.record(z.string(), z.unknown())),
});

/** The bytes of a model file. */
export function encodeModel(model: Model): Uint8Array {
  checkConfig(model);
  return encodeOnnx(inferenceGraph(model), {
    'hrm.format': '1',
    'hrm.type': model.type,
    ...(model.expansion && { 'hrm.expansion': model.expansion }),
    'hrm.classes': JSON.stringify(model.classes),
    'hrm.im_size': String(model.imSize),
    'hrm.channels': String(model.channels),
    'hrm.training': JSON.stringify(model.training ?? {}),
  });
}

/**
 * Reads a model file.
 * @param name stands in the errors, usually the file's name
 * @param type the kind that is needed; default either
 * @throws `ModelKindError` when it is a model of the other kind; `FileError` when the bytes are no model of this project, or damaged
 */
export function decodeModel(bytes: Uint8Array, name: string, type?: ModelType): Model {
  return decodeModelFile(bytes, name, type).model;
}

/** `decodeModel`, with the graph that the file holds. */
export function decodeModelFile(
  bytes: Uint8Array,
  name: string,
  type?: ModelType,
): { model: Model; graph: Graph } {
  const { graph, metadata } = decodeOnnx(bytes, name);
  if (!('hrm.format' in metadata))
    throw new FileError(name, 'an ONNX model, but not one of high-res-mapping');
  const parsed = schema.safeParse(metadata);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    throw new FileError(name, `damaged metadata, '${path.join('.')}': ${message}`);
  }
  const found = parsed.data;
  if (type !== undefined && found['hrm.type'] !== type) {
    throw new ModelKindError(name, type, found['hrm.type']);
  }
  const stored = new Map(
    graph.initializers.map(({ name: weight, content }) => [weight, content as Tensor<'float32'>]),
  );
  const model: Model = {
    type: found['hrm.type'],
    expansion: found['hrm.expansion'],
    classes: found['hrm.classes'],
    imSize: found['hrm.im_size'],
    channels: found['hrm.channels'],
    training: found['hrm.training'],
    weights: new Map(),
  };
  checkConfig(model);
  const weights = describeParameters(model).map(({ name: weight, shape }) => {
    const value = stored.get(weight);
    if (value?.dtype !== 'float32' || String(value.shape) !== String(shape)) {
      throw new FileError(
        name,
        `the weight '${weight}' should be float32 [${shape}], the file has ${value ? `${value.dtype} [${value.shape}]` : 'none'}`,
      );
    }
    return [weight, value] as const;
  });
  return { model: { ...model, weights: new Map(weights) }, graph };
}
