/**
 * Model files: one `.onnx` that any ONNX Runtime runs, with its weights, and with metadata (kind, class
 * names, sizes, how it was trained).
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

/**
 * The bytes of a model file, which any ONNX Runtime runs: from `image`, float32 `[N, H, W, C]` in [0, 1], to
 * probabilities and maps.
 * @throws when the configuration is not that of a network, or a weight is missing
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { random } from 'high-res-mapping';
 * import { encodeModel, initializeWeights } from 'high-res-mapping/models';
 * import { loadHalfModel } from 'high-res-mapping/node';
 *
 * const config = { classes: ['ring', 'star'], imSize: 32, channels: 3 };
 * const weights = initializeWeights({ type: 'half', ...config }, random(0));
 * await writeFile('untrained.onnx', encodeModel({ type: 'half', ...config, weights }));
 * const model = await loadHalfModel('untrained.onnx');
 * console.log(model.classes); //=> [ 'ring', 'star' ]
 * await model.release();
 * ```
 */
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
 * @param name in error messages, usually the file's
 * @param type the expected kind; default: any
 * @throws `ModelKindError` when it is a model of the other kind; `FileError` when the bytes are not a model
 * of this project, are damaged, or the graph does not match the weights and metadata
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { ModelKindError } from 'high-res-mapping';
 * import { decodeModel } from 'high-res-mapping/models';
 *
 * const bytes = await readFile('models/scenes.onnx');
 * const { type, expansion, classes, imSize } = decodeModel(bytes, 'scenes.onnx');
 * console.log(type, expansion, classes.length, imSize); //=> full tied-image 6 64
 * try {
 *   decodeModel(bytes, 'scenes.onnx', 'half');
 * } catch (error) {
 *   console.log(error instanceof ModelKindError); //=> true
 * }
 * ```
 */
export function decodeModel(bytes: Uint8Array, name: string, type?: ModelType): Model {
  return decodeModelFile(bytes, name, type).model;
}

/** `decodeModel`, with the graph in the file. */
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

/** Limit in bytes on the values of one image that are alive at once. */
const mostBytes = 4e9;
/** Image sizes up to this need no check of the memory. */
const smallSize = 1024;

/** @throws when an image of the size in the metadata would take more memory than any use of it needs */
function checkMemory(size: number, graph: Graph): void {
  if (size <= smallSize) return;
  const { peak } = memoryNeed(graph, { N: 1, H: size, W: size });
  if (peak > mostBytes) {
    const [needed, most] = [peak, mostBytes].map((bytes) => `${Number((bytes / 1e9).toPrecision(3))} GB`);
    throw new Error(
      `damaged metadata, 'hrm.im_size': an image of ${size} x ${size} pixels takes ${needed}, the limit is ${most}`,
    );
  }
}
