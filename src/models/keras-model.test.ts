import { strToU8, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { type Keras3FileForm, type Keras3Layer, keras3File } from '../../tools/fuzz/keras-files.ts';
import { random } from '../tensor/random.ts';
import { compareWeights } from './compare-weights.ts';
import { type KerasLayer, readKerasFile, writeKerasFile } from './keras-file.ts';
import { decodeKerasModel, encodeKerasModel } from './keras-model.ts';
import { initializeWeights, type Model, type ModelConfig, type ModelType } from './model.ts';

function model(type: ModelType, channels = 3, classes = ['#0', '#1', '#2']): Model {
  const config: ModelConfig = { type, classes, imSize: 224, channels };
  return { ...config, weights: initializeWeights(config, random(1)) };
}

/** A half model's file with its layers changed. */
async function changed(change: (layers: KerasLayer[]) => readonly KerasLayer[]): Promise<Uint8Array> {
  const layers = await readKerasFile(await encodeKerasModel(model('half')), () => {});
  return writeKerasFile(change(layers));
}

test.each([
  ['half', 3],
  ['full', 1],
] as const)('a %s model of %i channels is unchanged after writing and reading', async (type, channels) => {
  const { weights, ...config } = model(type, channels);
  const back = await decodeKerasModel(await encodeKerasModel({ ...config, weights }), 'm.h5');
  expect(back).toMatchObject(config);
  expect(compareWeights({ ...config, weights }, back)).toMatchObject({
    differing: 0,
    onlyInA: [],
    onlyInB: [],
  });
});

function classOf(layer: string): string {
  if (layer.endsWith('_bn')) return 'batch_normalization';
  if (layer.endsWith('_conv2DT')) return 'conv2d_transpose';
  return layer === 'aux_output' ? 'dense' : 'conv2d';
}

/** A model's layers in the form and order of Keras 3. */
async function keras3Layers(one: Model): Promise<Keras3Layer[]> {
  const layers = await readKerasFile(await encodeKerasModel(one), () => {});
  return layers.map((layer) => ({ ...layer, kind: classOf(layer.name) }));
}

test.each<ModelType>(['half', 'full'])('reads a %s model of Keras 3, its groups by class', async (type) => {
  const one = model(type);
  const bytes = await keras3File(await keras3Layers(one), { groups: 'class' });
  const back = await decodeKerasModel(bytes, 'm.weights.h5');
  expect(back.type).toBe(type);
  expect(compareWeights(one, back)).toMatchObject({ differing: 0, onlyInA: [], onlyInB: [] });
});

test('finds the order of groups despite names made up by Keras', async () => {
  const one = model('half');
  const layers = (await keras3Layers(one)).map((layer, i) => ({
    ...layer,
    name: `${layer.kind}_${500 + i}`,
  }));
  const bytes = await keras3File(layers, { groups: 'class and attribute' });
  expect(compareWeights(one, await decodeKerasModel(bytes, 'm.weights.h5'))).toMatchObject({ differing: 0 });
});

test('reads the input size of a saved model, rejects a layer that the network lacks', async () => {
  const weights = await keras3File(await keras3Layers(model('half')), { groups: 'name' });
  const saved = (size: number, more: object[] = []): Uint8Array => {
    const input = { class_name: 'InputLayer', config: { name: 'in', batch_shape: [null, size, size, 3] } };
    const config = {
      config: { layers: [input, { class_name: 'Activation', config: { name: 'a' } }, ...more] },
    };
    return zipSync({ 'config.json': strToU8(JSON.stringify(config)), 'model.weights.h5': weights });
  };
  expect((await decodeKerasModel(saved(96), 'm.keras')).imSize).toBe(96);
  expect((await decodeKerasModel(saved(96), 'm.keras', { imSize: 64 })).imSize).toBe(64);
  const scaling = { class_name: 'Rescaling', config: { name: 'scale' } };
  await expect(decodeKerasModel(saved(96, [scaling]), 'm.keras')).rejects.toThrow(
    "m.keras: a model of Keras, not of this project's network: it has the layers scale (Rescaling)",
  );
});

test('rejects a Keras 3 file of another network, listing its layers', async () => {
  const tiny = { shape: [1], data: Float32Array.of(0) };
  const layers = (await keras3Layers(model('half'))).map((layer) => ({
    ...layer,
    weights: layer.weights.map(({ name }) => ({ name, ...tiny })),
  }));
  const read = async (all: Keras3Layer[], groups: Keras3FileForm['groups']): Promise<Model> =>
    decodeKerasModel(await keras3File(all, { groups }), 'm.weights.h5');
  await expect(read(layers.slice(0, 3), 'class')).rejects.toThrow(
    "a Keras 3 file, not of this project's network: it has the layers batch_normalization, batch_normalization_1, conv2d",
  );
  await expect(read([...layers, { ...layers[0], name: 'predictions' }], 'name')).rejects.toThrow(
    "a Keras 3 file, not of this project's network: it also has the layers predictions",
  );
  const short = layers.map((layer) =>
    layer.name === 'initial_bn' ? { ...layer, weights: layer.weights.slice(1) } : layer,
  );
  await expect(read(short, 'name')).rejects.toThrow(
    "the layer 'initial_bn' has 3 weights, it should have 4: gamma, beta, moving_mean, moving_variance",
  );
  await expect(read(layers, 'name')).rejects.toThrow(
    /^m.weights.h5: the weight 'aux_output\/kernel' should be/,
  );
  await expect(read([], 'name')).rejects.toThrow("not of this project's network: it has the layers nothing");
});

test.each(['tied-cells', 'tied-image'] as const)(
  'rejects a model with the expansion %s',
  async (expansion) => {
    const full: Model = { ...model('full'), expansion };
    await expect(encodeKerasModel(full)).rejects.toThrow(
      `Keras file: the reference's network has only the expansion 'reconstruction', this model has '${expansion}'`,
    );
  },
);

test('options supply what the file lacks', async () => {
  const bytes = await encodeKerasModel(model('half'));
  const classes = ['cat', 'dog', 'fox'];
  expect(
    await decodeKerasModel(bytes, 'm.h5', { type: 'half', classes, numClasses: 3, imSize: 64 }),
  ).toMatchObject({ type: 'half', classes, imSize: 64, channels: 3 });
});

test('converts a network trained on values up to 255 to accept values up to 1', async () => {
  const one = model('half');
  const kernel = (of: Model): number[] => [...(of.weights.get('initial_conv2D/kernel')?.data ?? [])];
  const scaled = await decodeKerasModel(await encodeKerasModel(one), 'm.h5', { inputScale: 255 });
  expect(kernel(scaled)).toEqual(kernel(one).map((value) => Math.fround(value * 255)));
  const back = await decodeKerasModel(await encodeKerasModel(scaled, 255), 'm.h5');
  for (const [i, value] of kernel(back).entries()) expect(value).toBeCloseTo(kernel(one)[i], 6);
});

test('rejects options that contradict the file', async () => {
  const half = await encodeKerasModel(model('half'));
  const decode = (options: object): Promise<Model> => decodeKerasModel(half, 'm.h5', options);
  await expect(decode({ type: 'full' })).rejects.toThrow(
    'm.h5: a full model is needed, this is a half model',
  );
  await expect(decode({ numClasses: 4 })).rejects.toThrow('m.h5: 4 classes are expected, the file has 3');
  await expect(decode({ classes: ['a', 'b'] })).rejects.toThrow(
    'm.h5: the list of classes has 2 names, the file 3 classes',
  );
});

test('rejects weights of another network by name', async () => {
  const decode = async (bytes: Promise<Uint8Array>): Promise<Model> => decodeKerasModel(await bytes, 'm.h5');
  const odd = { name: 'kernel', shape: [1], data: new Float32Array(1) };
  await expect(decode(changed((layers) => layers.slice(1)))).rejects.toThrow(
    "m.h5: the weight 'initial_conv2D/kernel' is missing",
  );
  await expect(decode(changed((layers) => layers.slice(0, -1)))).rejects.toThrow(
    "m.h5: the weight 'aux_output/kernel' is missing",
  );
  await expect(
    decode(changed((layers) => [...layers, { name: 'block1_conv1', weights: [odd] }])),
  ).rejects.toThrow("m.h5: the weight 'block1_conv1/kernel' is not one of this network's");
  await expect(
    decode(changed((layers) => [...layers, { name: 'dense_6_0_bn', weights: [vector('gamma', 304)] }])),
  ).rejects.toThrow("m.h5: the weight 'dense_6_0_bn/gamma' is not one of a half model's");
  await expect(
    decode(
      changed((layers) => layers.map((one) => (one.name === 'conv_aux' ? { ...one, weights: [odd] } : one))),
    ),
  ).rejects.toThrow("m.h5: the weight 'conv_aux/kernel' should be [1,1,64,16], the file has [1]");
  await expect(
    decode(
      changed((layers) =>
        layers.map((one) =>
          one.name === 'aux_output' ? { ...one, weights: [one.weights[0], vector('bias', 4)] } : one,
        ),
      ),
    ),
  ).rejects.toThrow("m.h5: the weight 'aux_output/kernel' should be [16,4], the file has [16,3]");
});

function vector(name: string, length: number): KerasLayer['weights'][number] {
  return { name, shape: [length], data: new Float32Array(length) };
}
