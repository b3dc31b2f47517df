/** Small files in Keras' formats, written with h5wasm like those of several h5py versions. */
import { Buffer } from 'node:buffer';
import * as h5wasm from 'h5wasm';
import type { KerasLayer } from '../../src/models/keras-file.ts';

export interface KerasFileForm {
  /** Text of variable length, as h5py writes `str`; else of a fixed length, as it writes `bytes`. */
  readonly variable?: boolean;
  readonly gzip?: boolean;
  /** Number of names in each numbered attribute, if lists are split. */
  readonly split?: number;
  /** Everything in the group `model_weights`, as in a saved model. */
  readonly whole?: boolean;
  readonly dtype?: '<f' | '<d' | '<i';
}

let files = 0;

/** Layers without weights have an empty list of type number. */
export async function kerasFile(
  layers: readonly KerasLayer[],
  form: KerasFileForm = {},
): Promise<Uint8Array> {
  const { FS } = await h5wasm.ready;
  const path = `/tmp/test-${files++}.h5`;
  const file = new h5wasm.File(path, 'w', { libver: ['earliest', 'v110'] });
  const list = (group: h5wasm.Group, name: string, all: readonly string[]): void => {
    const put = (attribute: string, names: readonly string[]): void => {
      const longest = Math.max(...names.map((one) => Buffer.byteLength(one)));
      if (names.length === 0) group.create_attribute(attribute, new Float64Array(0), [0]);
      else group.create_attribute(attribute, [...names], [names.length], form.variable ? 'S' : `A${longest}`);
    };
    const { split = all.length } = form;
    if (all.length <= split) put(name, all);
    else
      for (let i = 0; i * split < all.length; i++) put(`${name}${i}`, all.slice(i * split, (i + 1) * split));
  };
  const root = form.whole ? file.create_group('model_weights') : file;
  list(
    root,
    'layer_names',
    layers.map(({ name }) => name),
  );
  for (const { name, weights } of layers) {
    const group = root.create_group(name);
    list(
      group,
      'weight_names',
      weights.map((weight) => `${name}/${weight.name}:0`),
    );
    if (weights.length === 0) continue;
    const inner = group.create_group(name);
    for (const { name: weight, shape, data } of weights) {
      inner.create_dataset({
        name: `${weight}:0`,
        data:
          form.dtype === '<d' ? Float64Array.from(data) : form.dtype === '<i' ? Int32Array.from(data) : data,
        shape: [...shape],
        ...(form.gzip ? { chunks: [...shape], compression: 9 } : {}),
      });
    }
  }
  file.close();
  const bytes = FS.readFile(path);
  FS.unlink(path);
  return bytes;
}

export interface Keras3FileForm {
  /**
   * The groups' names: those of the layers, or class and number; the layers' names are then in an attribute,
   * or nowhere.
   */
  readonly groups: 'name' | 'class and attribute' | 'class';
  /** The group that contains all layers; default `layers`. */
  readonly container?: string;
}

/** A layer with the class that its group is named after. */
export type Keras3Layer = KerasLayer & { readonly kind: string };

/** A file in the format of Keras 3, where weights are numbered. */
export async function keras3File(layers: readonly Keras3Layer[], form: Keras3FileForm): Promise<Uint8Array> {
  const { FS } = await h5wasm.ready;
  const path = `/tmp/test-${files++}.h5`;
  const file = new h5wasm.File(path, 'w', { libver: ['earliest', 'v110'] });
  const container = file.create_group(form.container ?? 'layers');
  const counts = new Map<string, number>();
  for (const { name, kind, weights } of layers) {
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    const byClass = count === 0 ? kind : `${kind}_${count}`;
    const vars = container.create_group(form.groups === 'name' ? name : byClass).create_group('vars');
    if (form.groups === 'class and attribute') vars.create_attribute('name', name, [], 'S');
    for (const [i, { shape, data }] of weights.entries())
      vars.create_dataset({ name: String(i), data, shape: [...shape] });
  }
  file
    .create_group('optimizer')
    .create_group('vars')
    .create_dataset({ name: '0', data: [1, 2], shape: [2] });
  file.close();
  const bytes = FS.readFile(path);
  FS.unlink(path);
  return bytes;
}

/** A few layers of every kind. */
export const smallLayers: readonly KerasLayer[] = [
  layer('input_1'),
  layer('initial_conv2D', ['kernel', [3, 3, 3, 4]]),
  layer('initial_bn', ['gamma', [4]], ['beta', [4]], ['moving_mean', [4]], ['moving_variance', [4]]),
  layer('activation'),
  layer('aux_output', ['kernel', [4, 3]], ['bias', [3]]),
];

function layer(name: string, ...weights: readonly [string, number[]][]): KerasLayer {
  return {
    name,
    weights: weights.map(([weight, shape]) => ({
      name: weight,
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (i % 7) - 2),
    })),
  };
}
