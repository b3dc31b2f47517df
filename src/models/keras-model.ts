/**
 * Models in Keras' weight files. Names are those of the reference; kernels have another layout:
 * `[kh, kw, in, out]` in Keras, transposed ones `[kh, kw, out, in]`, against `[out, in, kh, kw]` and
 * `[in, out, kh, kw]` here. Taps are in the same order: neither side flips them.
 */
import { FileError } from '../errors/file-error.ts';
import { ModelKindError } from '../errors/model-kind-error.ts';
import { defaultImageSize } from '../tensor/image-size.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import { printable } from '../text/printable.ts';
import { describeParameters } from './inference.ts';
import type { KerasConfig } from './keras-config.ts';
import {
  type CheckWeight,
  type KerasLayer,
  type KerasWeight,
  readKerasFile,
  writeKerasFile,
} from './keras-file.ts';
import { checkKinds, kerasConfig, layersInKeras, nameLayers } from './keras-network.ts';
import { checkConfig, type Model, type ModelType } from './model.ts';

/** What a Keras file does not contain. */
export interface KerasOptions {
  /** The expected kind; default: any. */
  readonly type?: ModelType;
  /** Class names by index; default `#0`, `#1`, and so on. */
  readonly classes?: readonly string[];
  /** If given, the file must have this number of classes. */
  readonly numClasses?: number;
  /** The size it was trained at, in pixels; default: that in a saved model's configuration, else 224. */
  readonly imSize?: number;
  /**
   * The value of white pixels in the Keras network, 1 or 255; default 1. Here images are in [0, 1]: the first
   * kernel is multiplied by it.
   */
  readonly inputScale?: 1 | 255;
}

const mostClasses = 1e6;
const first = 'initial_conv2D/kernel';

/** The axes whose lengths depend on the file: classes and channels. */
const freeAxis: Readonly<Record<string, number>> = {
  'aux_output/kernel': 1,
  'aux_output/bias': 0,
  [first]: 2,
  'main_output/kernel': 3,
};

/**
 * Reads a Keras file's weights, by name. A malicious file can make the HDF5 library run forever: read
 * untrusted files in a thread that can be terminated, as `loadHalfModel` does.
 * @param name in error messages, usually the file's
 * @throws `ModelKindError` when it is of the other kind; `FileError` when the bytes are not such a file, are
 * damaged, of another network, or do not match the options
 * @example
 * ```ts
 * import { random } from 'high-res-mapping';
 * import { decodeKerasModel, encodeKerasModel, initializeWeights } from 'high-res-mapping/models';
 *
 * const config = { classes: ['ring', 'star'], imSize: 32, channels: 3 };
 * const weights = initializeWeights({ type: 'half', ...config }, random(0));
 * const bytes = await encodeKerasModel({ type: 'half', ...config, weights }); // or of Keras' own file
 * const model = await decodeKerasModel(bytes, 'half.h5', { numClasses: 2, imSize: 64 });
 * console.log(model.type, model.classes, model.imSize); //=> half [ '#0', '#1' ] 64
 * console.log(model.weights.get('aux_output/kernel')?.shape); //=> [ 16, 2 ]
 * ```
 */
export async function decodeKerasModel(
  bytes: Uint8Array,
  name: string,
  options: KerasOptions = {},
): Promise<Model> {
  try {
    const known = new Map<string, readonly number[]>(
      describeParameters(kerasConfig('full', 2, 3)).map((spec) => [spec.name, toKerasShape(spec.shape)]),
    );
    const check: CheckWeight = (layer, weight, shape) => {
      const path = `${layer}/${weight}`;
      const expected = known.get(path);
      if (!expected) throw new Error(`the weight '${path}' is not one of this network's`);
      const free = freeAxis[path];
      const fits = expected.every((length, i) => i === free || length === shape[i]);
      if (!fits || shape.length !== expected.length || shape[free] > mostClasses) {
        throw wrongShape(path, expected, shape);
      }
    };
    let size: number | undefined;
    const configured = (config: KerasConfig): void => {
      checkKinds(config);
      const [height, width] = config.inputSize ?? [];
      if (height === width) size = height;
    };
    const layers = await readKerasFile(bytes, check, { nameLayers, configured });
    return toModel(layers, name, { ...options, imSize: options.imSize ?? size });
  } catch (error) {
    throw FileError.from(name, error);
  }
}

function toModel(layers: readonly KerasLayer[], file: string, options: KerasOptions): Model {
  const stored = new Map<string, KerasWeight>(
    layers.flatMap(({ name: layer, weights }) =>
      weights.map((weight): [string, KerasWeight] => [`${layer}/${weight.name}`, weight]),
    ),
  );
  const count = stored.get('aux_output/bias')?.shape[0] ?? 2;
  const channels = stored.get(first)?.shape[2] ?? 3;
  const type = stored.has('main_output/kernel') ? 'full' : 'half';
  if (options.type !== undefined && options.type !== type) {
    throw new ModelKindError(file, options.type, type);
  }
  if (options.numClasses !== undefined && options.numClasses !== count) {
    throw new Error(`${options.numClasses} classes are expected, the file has ${count}`);
  }
  if (options.classes && options.classes.length !== count) {
    throw new Error(`the list of classes has ${options.classes.length} names, the file ${count} classes`);
  }
  const like = kerasConfig(type, count, channels);
  checkConfig(like);
  const parameters = describeParameters(like);
  const left = new Set(stored.keys());
  const weights = parameters.map(({ name, shape }) => {
    left.delete(name);
    const weight = stored.get(name);
    const expected = toKerasShape(shape);
    if (!weight) throw new Error(`the weight '${name}' is missing`);
    if (String(weight.shape) !== String(expected)) throw wrongShape(name, expected, weight.shape);
    const data = shape.length === 4 ? transpose(weight.data, expected, fromKeras) : weight.data;
    return [name, tensor('float32', shape, name === first ? times(data, options.inputScale) : data)] as const;
  });
  const [odd] = left;
  if (odd !== undefined)
    throw new Error(`the weight '${odd}' is not one of a half model's, and 'main_output' is missing`);
  return {
    ...like,
    classes: options.classes?.map(printable) ?? like.classes,
    imSize: options.imSize ?? defaultImageSize,
    weights: new Map(weights),
  };
}

/**
 * The bytes of a file that the reference's network loads in Keras 2: `load_weights`, by name or in order.
 * @param inputScale the value of white pixels in the Keras network, 1 or 255; default 1. The first kernel is
 * divided by it
 * @throws when the model's expansion is tied: the reference's network has no tie, so its maps would differ
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { random } from 'high-res-mapping';
 * import { decodeKerasModel, encodeKerasModel, initializeWeights } from 'high-res-mapping/models';
 *
 * const classes = ['ring', 'star'];
 * const weights = initializeWeights({ type: 'half', classes, imSize: 32, channels: 3 }, random(0));
 * const bytes = await encodeKerasModel({ type: 'half', classes, imSize: 32, channels: 3, weights });
 * await writeFile('half.h5', bytes); // for Keras' load_weights
 * const read = await decodeKerasModel(bytes, 'half.h5', { classes });
 * console.log(read.type, read.classes, read.weights.size === weights.size); //=> half [ 'ring', 'star' ] true
 * ```
 */
export async function encodeKerasModel(model: Model, inputScale: 1 | 255 = 1): Promise<Uint8Array> {
  checkConfig(model);
  const { expansion = 'reconstruction' } = model;
  if (model.type === 'full' && expansion !== 'reconstruction') {
    throw new Error(
      `Keras file: the reference's network has only the expansion 'reconstruction', this model has '${expansion}'`,
    );
  }
  const layers = new Map<string, KerasWeight[]>();
  for (const { name, shape } of describeParameters(model)) {
    const [layer, weight] = name.split('/');
    const { data } = model.weights.get(name) as Tensor<'float32'>;
    const scaled = name === first ? times(data, 1 / inputScale) : data;
    layers.set(layer, [
      ...(layers.get(layer) ?? []),
      {
        name: weight,
        shape: toKerasShape(shape),
        data: shape.length === 4 ? transpose(scaled, shape, toKeras) : scaled,
      },
    ]);
  }
  return writeKerasFile(
    layersInKeras(model.type, [...layers.keys()]).map((name) => ({ name, weights: layers.get(name) ?? [] })),
  );
}

function wrongShape(name: string, expected: readonly number[], found: readonly number[]): Error {
  return new Error(`the weight '${name}' should be [${expected}], the file has [${found}]`);
}

/** Order of kernel axes for `transpose`; the same for plain and transposed convolutions. */
const fromKeras = [3, 2, 0, 1];
const toKeras = [2, 3, 1, 0];

function toKerasShape(shape: readonly number[]): readonly number[] {
  return shape.length === 4 ? toKeras.map((axis) => shape[axis]) : shape;
}

/** Four axes in another order: axis i of the result is axis `order[i]` of the data. */
function transpose(data: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const [a, b, c, d] = order.map((axis) => ({ length: shape[axis], stride: strides[axis] }));
  const result = new Float32Array(data.length);
  let at = 0;
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j < b.length; j++)
      for (let k = 0; k < c.length; k++)
        for (let l = 0; l < d.length; l++)
          result[at++] = data[i * a.stride + j * b.stride + k * c.stride + l * d.stride];
  return result;
}

function times(data: Float32Array, factor = 1): Float32Array {
  return factor === 1 ? data : data.map((value) => value * factor);
}
