/**
 * Weight files that Keras itself wrote, and what it computed with them (`tools/reference/keras_weights.py`). float32 on both
 * sides, in another order of summation: probabilities, low-res and high-res CAM agree within 1e-4; about 1e-6 is usual.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { FullModel } from '../src/explain/full-model.ts';
import { HalfModel } from '../src/explain/half-model.ts';
import { readKeras } from '../src/load-model.ts';
import { compareWeights } from '../src/models/compare-weights.ts';
import { type KerasWeight, readKerasFile, writeKerasFile } from '../src/models/keras-file.ts';
import { decodeKerasModel, encodeKerasModel } from '../src/models/keras-model.ts';
import { createSession } from '../src/runtime/node.ts';
import { random } from '../src/tensor/random.ts';
import { type Tensor, tensor } from '../src/tensor/tensor.ts';
import { damageBytes } from '../tools/fuzz/damage-bytes.ts';
import { fuzzKeras } from '../tools/fuzz/fuzz-keras.ts';
import { kerasFile, smallLayers } from '../tools/fuzz/keras-files.ts';

const folder = join(import.meta.dirname, 'golden', 'keras');
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
const kerasBytes = (type: string): Uint8Array =>
  new Uint8Array(gunzipSync(readFileSync(join(folder, `${type}.h5.gz`))));

/** The script's picture. */
function picture(): Tensor<'float32'> {
  const [height, width] = expected.size as [number, number];
  const value = (i: number): number => {
    const [y, x, c] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
    return ((7 * y + 13 * x + 29 * c + x * y) % 33) / 32;
  };
  return tensor(
    'float32',
    [1, height, width, 3],
    Float32Array.from({ length: height * width * 3 }, (_, i) => value(i)),
  );
}

function fingerprint({ name, shape, data }: KerasWeight): string {
  return `${name} ${shape} ${createHash('sha256').update(data).digest('hex')}`;
}

function expectClose(found: Float32Array, wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length);
  const largest = Math.max(...wanted.map((value, i) => Math.abs(value - found[i])));
  expect(largest).toBeLessThan(1e-4);
}

test.each(['half', 'full'] as const)(
  'a %s model of Keras gives the same results as in Keras',
  async (type) => {
    const golden = expected[type];
    const decoded = await decodeKerasModel(kerasBytes(type), 'm.h5', { type });
    const model = await (type === 'half' ? HalfModel : FullModel).load(decoded, createSession);
    const { probabilities, lowResCam, highResCam } = await model.explain(picture(), expected.class);
    await model.release();
    expectClose(probabilities.data, golden.probabilities);
    expectClose(lowResCam.data, golden.low);
    if (type === 'full') expectClose(highResCam?.data as Float32Array, golden.high);
  },
);

test.each(['half', 'full'] as const)(
  'a %s model is written with the same weights in the same order',
  async (type) => {
    const original = await readKerasFile(kerasBytes(type), () => {});
    const written = await encodeKerasModel(await decodeKerasModel(kerasBytes(type), 'm.h5'));
    const back = await readKerasFile(written, () => {});
    expect(back.map(({ name }) => name)).toEqual(expected[type].layers);
    expect(back.flatMap(({ weights }) => weights.map(fingerprint))).toEqual(
      original.flatMap(({ weights }) => weights.map(fingerprint)),
    );
  },
);

test('half and full model share the layers of the half model', async () => {
  const [half, full] = await Promise.all(
    ['half', 'full'].map((type) => decodeKerasModel(kerasBytes(type), 'm.h5')),
  );
  expect(compareWeights(half, full)).toMatchObject({ differing: 0, onlyInA: [] });
});

const small = (): Promise<Uint8Array[]> =>
  Promise.all([{}, { variable: true }, { gzip: true, split: 2 }].map((form) => kerasFile(smallLayers, form)));

test('a damaged file gives weights or an error, or its thread is ended', async () => {
  const seeds = Array.from({ length: 300 }, (_, i) => i);
  const outcomes = await fuzzKeras(await small(), seeds, 2000);
  const allowed = /^(read$|damaged|not a Keras file|an HDF5 file, but|the weight |.*no answer within 2 s)/;
  expect(outcomes.filter(({ text }) => !allowed.test(text))).toEqual([]);
});

test('a file on which the library never ends gives an error after a time limit', async () => {
  const seed = 481;
  const bytes = damageBytes((await small())[seed % 3], random(seed));
  await expect(readKeras(bytes, 'm.h5', {}, 3000)).rejects.toThrow(
    'm.h5: damaged: a worker thread failed: no answer within 3 s',
  );
});

test('a file cut anywhere is an error', async () => {
  const bytes = await writeKerasFile(smallLayers.filter(({ weights }) => weights.length > 0));
  for (let end = 0; end < bytes.length; end += 97) {
    await expect(readKerasFile(bytes.subarray(0, end), () => {})).rejects.toThrow(
      /not a Keras file|cut (off|short)/,
    );
  }
});
