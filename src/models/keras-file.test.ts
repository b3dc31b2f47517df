import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import {
  type Keras3FileForm,
  type KerasFileForm,
  keras3File,
  kerasFile,
  smallLayers,
} from '../../tools/fuzz/keras-files.ts';
import { isKerasFile, type KerasLayer, readKerasFile, writeKerasFile } from './keras-file.ts';

const any = (): void => {};
const weighted = smallLayers.filter(({ weights }) => weights.length > 0);

test.each<KerasFileForm>([
  {},
  { variable: true },
  { gzip: true },
  { split: 2 },
  { split: 1, variable: true },
  { whole: true },
  { dtype: '<d' },
])('reads layers with weights in their order: %j', async (form) => {
  const bytes = await kerasFile(smallLayers, form);
  expect(isKerasFile(bytes)).toBe(true);
  expect(await readKerasFile(bytes, any)).toEqual(weighted);
});

test('a written file is read back, and has the same bytes at any time', async () => {
  const bytes = await writeKerasFile(weighted);
  expect(await readKerasFile(bytes, any)).toEqual(weighted);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect(Buffer.compare(await writeKerasFile(weighted), bytes)).toBe(0);
});

test('reports each weight before reading its elements', async () => {
  const bytes = await kerasFile(smallLayers);
  const seen: string[] = [];
  await readKerasFile(bytes, (layer, weight, shape) => void seen.push(`${layer}/${weight} ${shape}`));
  expect(seen[0]).toBe('initial_conv2D/kernel 3,3,3,4');
  expect(seen).toHaveLength(7);
  await expect(
    readKerasFile(bytes, () => {
      throw new Error('not wanted');
    }),
  ).rejects.toThrow('not wanted');
});

test('rejects another or a damaged file with the reason', async () => {
  const bytes = await kerasFile(smallLayers);
  const read = (of: Uint8Array): Promise<unknown> => readKerasFile(of, any);
  await expect(read(new Uint8Array())).rejects.toThrow('not a Keras file (no HDF5), or damaged');
  await expect(read(new TextEncoder().encode('a text'))).rejects.toThrow('not a Keras file');
  await expect(read(bytes.subarray(0, 100))).rejects.toThrow(
    /^damaged or cut short: the file cannot be opened$/,
  );
  await expect(read(bytes.subarray(0, bytes.length - 100))).rejects.toThrow('damaged or cut short');
  await expect(read(renamed(bytes, 'layer_names', 'layer_count'))).rejects.toThrow(
    "an HDF5 file, but not one of Keras' weights (no attribute 'layer_names')",
  );
  await expect(read(await kerasFile(smallLayers, { dtype: '<i' }))).rejects.toThrow(
    `the weight 'initial_conv2D/kernel' should be float32, the file has "<i"`,
  );
  await expect(read(renamed(bytes, 'weight_names', 'weight_count'))).rejects.toThrow(
    "damaged: the layer 'input_1' has no attribute 'weight_names'",
  );
  await expect(read(renamed(bytes, 'moving_mean:0', 'moving_mode:0'))).rejects.toThrow(
    /^damaged: the weight 'initial_bn\/moving_m(ean|ode)' is missing$/,
  );
});

/** Two layers of each class, and one without weights. */
const numbered = ['conv2d', 'batch_normalization', 'conv2d', 'batch_normalization'].map((kind, i) => ({
  kind,
  name: `own_${i}`,
  weights: [{ name: '0', shape: [2], data: Float32Array.of(i, -i) }],
}));
const withEmpty = [...numbered, { kind: 'activation', name: 'own_act', weights: [] }];
/** Sorted by class, then by number. */
const sorted = [1, 3, 0, 2].map((i) => ({ name: numbered[i].name, weights: numbered[i].weights }));
const byName = (layers: readonly KerasLayer[]): readonly KerasLayer[] =>
  layers.toSorted((a, b) => (a.name < b.name ? -1 : 1));

test.each<Keras3FileForm>([
  { groups: 'name' },
  { groups: 'class and attribute' },
  { groups: 'class and attribute', container: '_layer_checkpoint_dependencies' },
])('reads layers of Keras 3 by name: %j', async (form) => {
  const layers = await readKerasFile(await keras3File(withEmpty, form), any);
  expect(byName(layers)).toEqual(byName(sorted));
});

test('sorts numbered layers of Keras 3, also from ten on', async () => {
  const many = Array.from({ length: 12 }, (_, i) => ({
    ...numbered[0],
    name: `own_${i}`,
    weights: numbered[i % 4].weights,
  }));
  const seen: string[] = [];
  const layers = await readKerasFile(await keras3File(many, { groups: 'class' }), any, {
    nameLayers: (found) => {
      seen.push(...found.map(({ group, name, weights }) => `${group} ${name} ${weights}`));
      return found.map((_, i) => ({ name: `named_${i}`, weights: ['kernel'] }));
    },
  });
  expect(seen.slice(0, 3)).toEqual(['conv2d conv2d 1', 'conv2d_1 conv2d_1 1', 'conv2d_2 conv2d_2 1']);
  expect(layers.map(({ name, weights }) => [name, weights[0].name, weights[0].data[0]])).toEqual(
    many.map(({ weights }, i) => [`named_${i}`, 'kernel', weights[0].data[0]]),
  );
});

const config = (layers: object[]): string => JSON.stringify({ class_name: 'Functional', config: { layers } });
const archive = (weights: Uint8Array, text = config([])): Uint8Array =>
  zipSync({ 'metadata.json': strToU8('{}'), 'config.json': strToU8(text), 'model.weights.h5': weights });

test('reads the layer names and the input size of an archive', async () => {
  const weights = await keras3File(withEmpty, { groups: 'class' });
  const kinds = ['Conv2D', 'BatchNormalization', 'Conv2D', 'BatchNormalization', 'Activation'];
  const text = config([
    { class_name: 'InputLayer', config: { name: 'input', batch_shape: [null, 96, 64, 3] } },
    ...kinds.map((class_name, i) => ({ class_name, config: { name: withEmpty[i].name } })),
  ]);
  const told: unknown[] = [];
  const bytes = archive(weights, text);
  expect(isKerasFile(bytes)).toBe(true);
  const layers = await readKerasFile(bytes, any, { configured: (found) => told.push(found) });
  expect(layers).toEqual(sorted);
  expect(told).toEqual([
    { inputSize: [96, 64], layers: expect.arrayContaining([{ kind: 'Conv2D', name: 'own_2' }]) },
  ]);
});

test('reads 16-bit weights as written by Keras 3', async () => {
  const golden = join(import.meta.dirname, '../../test/golden/keras/halves.weights.h5.gz');
  const layers = await readKerasFile(new Uint8Array(gunzipSync(readFileSync(golden))), any);
  const numbers = layers.map(({ name, weights }) => [name, weights.map(({ data }) => [...data])]);
  expect(Object.fromEntries(numbers)).toEqual({
    half: [
      [-1, -0.75, -0.5, -0.25, 0, 0.25],
      [65504, -0.5],
    ],
    bfloat: [
      [-1, -0.75, -0.5, -0.25],
      [65536, -0.5],
    ],
  });
});

test('rejects other or damaged archives', async () => {
  const read = (bytes: Uint8Array): Promise<unknown> => readKerasFile(bytes, any);
  const weights = await keras3File(numbered, { groups: 'name' });
  const pickled = zipSync({ 'a/data.pkl': strToU8('x') });
  expect(isKerasFile(pickled)).toBe(false);
  await expect(read(pickled)).rejects.toThrow('a zip archive, but not a .keras file');
  await expect(read(zipSync({ 'low.npy': strToU8('x') }))).rejects.toThrow(
    'a zip archive, but not a .keras file (no model.weights.h5); it holds low.npy',
  );
  await expect(read(archive(strToU8('no weights')))).rejects.toThrow(
    'damaged: model.weights.h5 in it is not an HDF5',
  );
  await expect(read(archive(weights, '{'))).rejects.toThrow("damaged: the model's configuration is not JSON");
  const whole = archive(weights);
  await expect(read(whole.subarray(0, whole.length / 2))).rejects.toThrow('damaged or cut short');
  const broken = whole.slice();
  broken[Math.floor(whole.length / 2)] ^= 8;
  await expect(read(broken)).rejects.toThrow('damaged');
  const twice = [numbered[0], { ...numbered[2], name: numbered[0].name }];
  await expect(read(await keras3File(twice, { groups: 'class and attribute' }))).rejects.toThrow(
    "damaged: the layer 'own_0' occurs twice",
  );
});

/** A file in which the first occurrence of a name is replaced. */
function renamed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  return new Uint8Array(Buffer.from(Buffer.from(bytes).toString('latin1').replace(from, to), 'latin1'));
}
