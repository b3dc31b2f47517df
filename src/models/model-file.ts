/**
 * Model files: one `.onnx` that any ONNX Runtime runs, with its weights, and in its metadata what else a user needs
 * (kind, class names, sizes, how it was trained).
 */
import { z } from 'zod';
import { aboutFile, FileError } from '../errors/file-error.ts';
import { ModelKindError } from '../errors/model-kind-error.ts';
import type { Graph } from '../graph/graph.ts';
import { memoryNeed } from '../graph/memory/memory-plan.ts';
import { decodeOnnx, encodeOnnx } from '../graph/onnx/proto.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkGraph } from './check-graph.ts';
import { describeParameters, inferenceGraph } from './inference.ts';
import { jsonText } from './json-metadata.ts';
import { checkConfig, expansions, type Model, type ModelType } from './model.ts';
import { readSaid, saidChannels, saidClasses, saidImageSize } from './said-metadata.ts';

const schema = z.object({
  'hrm.format': z.literal('1'),
  'hrm.type': z.enum(['half', 'full']),
  'hrm.expansion': z.enum(expansions).optional(),
  'hrm.classes': saidClasses,
  'hrm.im_size': saidImageSize,
  'hrm.channels': saidChannels,
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
 * @throws `ModelKindError` when it is a model of the other kind; `FileError` when the bytes are no model of this project, damaged, or
 * their graph computes something else than their weights and metadata say
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
  const found = aboutFile(name, () => readSaid(schema, metadata));
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
  aboutFile(name, () => checkConfig(model));
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
  const whole = { ...model, weights: new Map(weights) };
  aboutFile(name, () => {
    const wanted = inferenceGraph(whole);
    checkGraph(graph, wanted);
    checkMemory(whole.imSize, wanted);
  });
  return { model: whole, graph };
}

/** Bytes that the values of one image may take at once. */
const mostBytes = 4e9;
/** Of an image whose size needs no look at the memory. */
const smallSize = 1024;

/** @throws where an image of the size that the file says would take more memory than any use of it needs */
function checkMemory(size: number, graph: Graph): void {
  if (size <= smallSize) return;
  const { peak } = memoryNeed(graph, { N: 1, H: size, W: size });
  if (peak > mostBytes) {
    const [needed, most] = [peak, mostBytes].map((bytes) => `${Number((bytes / 1e9).toPrecision(3))} GB`);
    throw new Error(
      `damaged metadata, 'hrm.im_size': an image of ${size} x ${size} pixels takes ${needed}, at most ${most} are allowed`,
    );
  }
}
