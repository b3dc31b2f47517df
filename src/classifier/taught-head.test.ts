import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { drawn } from '../../test/helpers/foreign-onnx.ts';
import { tinyClassifier } from '../../test/helpers/tiny-classifier.ts';
import { HalfModel } from '../explain/half-model.ts';
import { createSession } from '../runtime/node.ts';
import { openBatched } from '../runtime/open-batched.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { atSize } from './at-size.ts';
import { importClassifier } from './import-classifier.ts';
import { decodeImported, encodeImported, type ImportedClassifier } from './imported-classifier.ts';
import { summarizeClassifier } from './summary.ts';
import { featureCount, featureModel, featuresName, withHead } from './taught-head.ts';

const folder = new URL('../../test/golden/classifiers/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => file.slice(0, -'.onnx'.length));

async function imported(bytes: Uint8Array, name: string): Promise<ImportedClassifier> {
  const readBeside = async (file: string): Promise<Uint8Array> => readFileSync(new URL(file, folder));
  return (await importClassifier(bytes, createSession, { name, readBeside })).classifier;
}

const classes = ['cat', 'dog', 'fox'];

function headOf(features: number, seed: number): { weights: Tensor<'float32'>; bias: Tensor<'float32'> } {
  return { weights: drawn([features, classes.length], seed), bias: drawn([classes.length], seed + 1) };
}

/** Images in [0, 1]. */
function images({ imSize, channels }: ImportedClassifier, n: number): Tensor<'float32'> {
  const { shape, data } = drawn([n, imSize, imSize, channels], 9);
  return tensor(
    'float32',
    shape,
    data.map((x) => 1 / (1 + Math.exp(-x))),
  );
}

/** The logits of a head on the body's features, `[N][M]`, in float64. */
async function logitsOf(
  body: ImportedClassifier,
  head: ReturnType<typeof headOf>,
  image: Tensor<'float32'>,
): Promise<number[][]> {
  const session = await openBatched(featureModel(body), body.imported.batch, createSession);
  const { [featuresName]: features } = await session.run({ image });
  await session.release();
  const k = featureCount(body);
  expect(features.shape).toEqual([image.shape[0], k]);
  return Array.from({ length: image.shape[0] }, (_, n) =>
    classes.map((_, m) => {
      let sum = Number(head.bias.data[m]);
      for (let i = 0; i < k; i++) sum += Number(features.data[n * k + i]) * head.weights.data[i * 3 + m];
      return sum;
    }),
  );
}

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map((value) => Math.exp(value - Math.max(...logits)));
  return powers.map((power) => power / powers.reduce((a, b) => a + b));
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

describe("trains another head on a classifier's body, whatever its own head is", () => {
  test.each(names)('%s: linear, its CAM exact', async (name) => {
    const body = await imported(readFileSync(new URL(`${name}.onnx`, folder)), `${name}.onnx`);
    const head = headOf(featureCount(body), 3);
    const taught = await withHead(body, { classes, ...head, training: { epoch: 7 } });
    const file = await encodeImported(taught, createSession);
    const model = await HalfModel.load(file, createSession);
    const image = images(body, 2);
    const logits = await logitsOf(body, head, image);

    expect(model.classes).toEqual(classes);
    for (const [m] of classes.entries()) {
      const { probabilities, lowResCam } = await model.explain(image, m);
      for (const [n, row] of logits.entries()) {
        const scale = 1 + Math.max(...row.map(Math.abs));
        const [, h, w] = lowResCam.shape;
        const map = lowResCam.data.subarray(n * h * w, (n + 1) * h * w);
        expect(Math.abs(mean(map) + head.bias.data[m] - row[m]) / scale).toBeLessThan(1e-5);
        expect(probabilities.data[n * classes.length + m]).toBeCloseTo(softmax(row)[m], 4);
      }
    }
    await model.release();
    const { head: kind, activation, layers } = (await decodeImported(file, name, createSession)).imported;
    expect([kind, activation, layers.head]).toEqual(['linear', 'softmax', body.imported.layers.target]);
    expect(body.imported.layers.all.map((one) => one.name)).toEqual(
      expect.arrayContaining(layers.all.map((one) => one.name)),
    );
  });
});

describe('a trained head', () => {
  const tiny = (): Promise<ImportedClassifier> =>
    imported(tinyClassifier({ shape: ['N', 3, 'H', 'W'] }), 'tiny.onnx');

  test('its file describes the training and can be a backbone for other classes', async () => {
    const first = await withHead(await tiny(), {
      classes: ['a', 'b'],
      weights: drawn([4, 2], 5),
      bias: drawn([2], 6),
      training: { epoch: 7 },
    });
    const again = await decodeImported(
      await encodeImported(first, createSession),
      'first.onnx',
      createSession,
    );
    expect(again.training).toEqual({ epoch: 7 });
    expect(summarizeClassifier(again)).toMatchObject({ source: 'tiny.onnx', isTaught: true });
    const head = headOf(4, 7);
    const second = await withHead(again, { classes, ...head });
    const model = await HalfModel.load(await encodeImported(second, createSession), createSession);
    const image = images(second, 1);
    const [row] = await logitsOf(again, head, image);
    const probabilities = await model.predict(image);
    for (const [m, p] of softmax(row).entries()) expect(probabilities.data[m]).toBeCloseTo(p, 5);
    await model.release();
  });

  test('accepts another size if its body does', async () => {
    const body = await tiny();
    expect(body.imSize).toBe(224);
    const small = await atSize(body, 64, createSession);
    expect(small.imSize).toBe(64);
    expect(small.imported.layers.all.map(({ height, width }) => [height, width])).toEqual(
      body.imported.layers.all.map(() => [16, 16]),
    );
    const fixed = await imported(tinyClassifier(), 'fixed.onnx');
    expect(await atSize(fixed, 32, createSession)).toBe(fixed);
    await expect(atSize(fixed, 64, createSession)).rejects.toThrow(
      'image size: this classifier takes only 32, got 64',
    );
  });
});
