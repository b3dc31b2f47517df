import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FullModel } from '../../../src/explain/full-model.ts';
import type { HalfModel } from '../../../src/explain/half-model.ts';
import { explain } from '../../../src/explain-file.ts';
import { loadModel, readKeras } from '../../../src/load-model.ts';
import { random } from '../../../src/tensor/random.ts';
import { tensor } from '../../../src/tensor/tensor.ts';
import { damageBytes } from '../damage-bytes.ts';
import { damageOnnx } from '../damage-onnx.ts';
import { KerasThread } from '../fuzz-keras.ts';
import { keras3File, kerasFile, smallLayers } from '../keras-files.ts';
import { check, type Kind, oneOf } from '../kind.ts';

const noise = random(3);
const picture = tensor(
  'uint8',
  [40, 50, 3],
  Uint8Array.from({ length: 40 * 50 * 3 }, () => noise.integer(256)),
);

/** Checks what a model that opens must return: a class, a probability, maps of finite numbers. */
async function tryModel(model: HalfModel | FullModel): Promise<void> {
  const { predictions, low, high, refinement } = await explain(model, picture);
  for (const { name, probability } of predictions) {
    check(name.length > 0, 'a class without a name');
    check(probability >= 0 && probability <= 1 + 1e-3, `a probability of ${probability}`);
  }
  for (const { data } of [low, high, refinement.merged])
    check(data.every(Number.isFinite), 'a map of no numbers');
}

/** Files of this project: one of its networks, and a classifier written by `hrm import`. */
const own = ['scenes', 'photo15'].map((name) => `models/${name}.onnx`);

let golden: string[] | undefined;
/** Small classifiers of many exporters, each with the files beside it. */
function classifiers(): string[] {
  const folder = 'test/golden/classifiers';
  golden ??= readdirSync(folder)
    .filter((name) => name.endsWith('.onnx'))
    .map((name) => join(folder, name));
  return golden;
}

/** As in the commands, but with a shorter time limit: theirs is a minute. */
const keras = new KerasThread(10_000);

export const models: readonly Kind[] = [
  {
    name: 'models of this project',
    share: 3,
    megabytes: 6000,
    seconds: 60,
    input: async (rng, folder) => {
      const path = join(folder, 'input.onnx');
      writeFileSync(path, damageOnnx(new Uint8Array(readFileSync(oneOf(rng, own))), rng));
      return async () => tryModel(await loadModel(path));
    },
  },
  {
    name: 'classifiers of other programs',
    share: 11,
    megabytes: 6000,
    seconds: 60,
    input: async (rng, folder) => {
      const from = oneOf(rng, classifiers());
      const path = join(folder, basename(from));
      writeFileSync(path, damageOnnx(new Uint8Array(readFileSync(from)), rng));
      try {
        const data = readFileSync(`${from}.data`);
        writeFileSync(`${path}.data`, rng.next() < 0.5 ? data : damageBytes(data, rng));
      } catch {}
      return async () => tryModel(await loadModel(path));
    },
  },
  {
    name: "Keras' files, of a few layers",
    share: 8,
    input: async (rng) => {
      const bytes = damageBytes(await smallKeras(rng.integer(5)), rng);
      return async () => {
        const said = await keras.read(bytes);
        if (said !== 'read') throw new Error(said);
      };
    },
  },
  {
    name: "Keras' files of both networks",
    share: 2,
    input: async (rng, folder) => {
      const bytes = gunzipSync(readFileSync(`test/golden/keras/${oneOf(rng, ['half', 'full'])}.h5.gz`));
      const path = join(folder, 'input.h5');
      return () => readKeras(damageBytes(bytes, rng), path, {}, 10_000);
    },
  },
];

const keras3 = smallLayers.map((layer) => ({ ...layer, kind: layer.name.replace(/\W/g, '') }));
const forms: readonly (() => Promise<Uint8Array>)[] = [
  () => kerasFile(smallLayers),
  () => kerasFile(smallLayers, { variable: true }),
  () => kerasFile(smallLayers, { gzip: true, split: 2 }),
  () => kerasFile(smallLayers, { whole: true, dtype: '<d' }),
  () => keras3File(keras3, { groups: 'class and attribute' }),
];
const made = new Map<number, Uint8Array>();

async function smallKeras(form: number): Promise<Uint8Array> {
  const bytes = made.get(form) ?? (await forms[form]());
  made.set(form, bytes);
  return bytes;
}
