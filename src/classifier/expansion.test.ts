import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { classifierOf, plainHead } from '../../test/helpers/foreign-classifiers.ts';
import { drawn } from '../../test/helpers/foreign-onnx.ts';
import { FullModel } from '../explain/full-model.ts';
import { HalfModel } from '../explain/half-model.ts';
import { lookAt } from '../explain/look.ts';
import { openMethod } from '../explain/methods/index.ts';
import { initializeParameters } from '../models/model.ts';
import { trainedStages } from '../models/transport.ts';
import { createSession } from '../runtime/node.ts';
import { itemAt } from '../tensor/batch.ts';
import { random } from '../tensor/random.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { expansionParameters, newExpansion } from './expansion.ts';
import { importClassifier } from './import-classifier.ts';
import { decodeImported, encodeImported, type ImportedClassifier } from './imported-classifier.ts';
import { stageLayersOf } from './stage-layers.ts';
import { withHead } from './taught-head.ts';

const folder = new URL('../../test/golden/classifiers/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => file.slice(0, -'.onnx'.length));

async function imported(name: string): Promise<ImportedClassifier> {
  const readBeside = async (file: string): Promise<Uint8Array> => readFileSync(new URL(file, folder));
  const bytes = readFileSync(new URL(`${name}.onnx`, folder));
  return (await importClassifier(bytes, createSession, { name: `${name}.onnx`, readBeside })).classifier;
}

/** With an expansion of random weights, large ones: a trained expansion moves evidence far, too. */
function expanded(classifier: ImportedClassifier): ImportedClassifier {
  const expansion = newExpansion(classifier, stageLayersOf(classifier), random(3));
  const gamma = expansion.weights.get('expand_key_bn/gamma') as Tensor<'float32'>;
  gamma.data.set(drawn([gamma.data.length], 4).data);
  return { ...classifier, type: 'full', expansion };
}

function images({ channels }: ImportedClassifier, n: number, size: number): Tensor<'float32'> {
  const { shape, data } = drawn([n, size, size, channels], 9);
  return tensor(
    'float32',
    shape,
    data.map((x) => 1 / (1 + Math.exp(-x))),
  );
}

function meanOf({ data }: Tensor): number {
  return Array.from(data, Number).reduce((sum, value) => sum + value, 0) / data.length;
}

/** The largest difference, relative to the largest value. */
function difference(a: Tensor<'float32'>, b: Tensor<'float32'>): number {
  const most = b.data.reduce((found, value) => Math.max(found, Math.abs(value)), 0);
  return a.data.reduce((found, value, i) => Math.max(found, Math.abs(value - b.data[i])), 0) / most;
}

/** ONNX Runtime fuses other nodes where an expansion reads values between them, and so rounds differently. */
const rounded: readonly string[] = ['swin-torchvision'];

/** The high-res map has the low-res map's mean, and predictions equal the half model's, bit for bit. */
async function compare(full: ImportedClassifier, size: number, exact: boolean = true): Promise<void> {
  const file = await decodeImported(await encodeImported(full, createSession), 'full.onnx', createSession);
  expect(file.expansion).toEqual(full.expansion);
  // The file accepts one picture size; the half model in it accepts all that the classifier does.
  const half: ImportedClassifier = { ...file, type: 'half', expansion: undefined };
  const [one, other] = [await FullModel.load(file, createSession), await HalfModel.load(half, createSession)];
  expect(one.expansion).toBe('transport');
  const image = images(full, 2, size);
  for (const choice of [undefined, 0, full.classes.length - 1]) {
    const [a, b] = [await one.explain(image, choice), await other.explain(image, choice)];
    expect(a.explainedClass).toEqual(b.explainedClass);
    expect(difference(a.probabilities, b.probabilities)).toBeLessThanOrEqual(exact ? 0 : 1e-6);
    expect(difference(a.lowResCam, b.lowResCam)).toBeLessThan(1e-6);
    expect(a.highResCam?.shape).toEqual([2, size, size]);
    for (const i of [0, 1]) {
      const low = itemAt(b.lowResCam, i);
      const high = itemAt(a.highResCam as Tensor<'float32'>, i);
      const most = low.data.reduce((found, value) => Math.max(found, Math.abs(value)), 0);
      expect(Math.abs(meanOf(high) - meanOf(low))).toBeLessThan(1e-5 * most);
    }
  }
  await Promise.all([one.release(), other.release()]);
}

describe('an expansion on any classifier moves evidence and changes nothing else', () => {
  test.each(names)(
    '%s',
    async (name) => {
      const full = expanded(await imported(name));
      await compare(full, full.imSize, !rounded.includes(name));
    },
    60_000,
  );
});

test("works at a size other than the model's own", async () => {
  const bytes = classifierOf(plainHead, { input: ['N', 3, 'H', 'W'] });
  const { classifier } = await importClassifier(bytes, createSession, { size: 64 });
  const full = expanded(classifier);
  expect(full.imported.sizes).toBe('any');
  await compare(full, full.imSize + 32);
  await compare(full, full.imSize - 19);
}, 60_000);

test("moves a CAM method's map of the same cells like the model's own map", async () => {
  const full = expanded(await imported('resnet'));
  const model = await FullModel.load(full, createSession);
  const image = images(full, 1, full.imSize);
  const { lowResCam, highResCam } = await model.explain(image, 1);
  const [look] = await lookAt(model, image, [1], await openMethod('cam', model.network, createSession));
  expect(difference(look.low, itemAt(lowResCam, 0))).toBeLessThan(1e-5);
  expect(difference(look.high as Tensor<'float32'>, itemAt(highResCam as Tensor<'float32'>, 0))).toBeLessThan(
    1e-5,
  );
  // Another map size: enlarged, as without an expansion.
  const pyramid = full.imported.layers.pyramid.at(-1) as string;
  const finer = await openMethod('hirescam', model.network, createSession, { layers: [pyramid] });
  expect((await lookAt(model, image, [1], finer))[0].high).toBeUndefined();
  await model.release();
}, 60_000);

test('a head trained on the body keeps the expansion', async () => {
  const body = expanded(await imported('mobilenetv2'));
  const features = body.imported.layers.all.find(
    ({ name }) => name === body.imported.layers.target,
  )?.channels;
  const weights = drawn([features as number, 3], 5);
  const taught = await withHead(body, { classes: ['cat', 'dog', 'fox'], weights, bias: drawn([3], 6) });
  expect(taught.type).toBe('full');
  await compare(taught, taught.imSize);
}, 60_000);

test('large weights stored in 16 bits: the file and the model read from it give the same results', async () => {
  const full = expanded(await imported('efficientnet-lite'));
  const small: ImportedClassifier = { ...full, imported: { ...full.imported, weights: 'float16' } };
  const [file, plain] = [
    await encodeImported(small, createSession),
    await encodeImported(full, createSession),
  ];
  expect(file.length).toBeLessThan(0.8 * plain.length);
  const read = await decodeImported(file, 'small.onnx', createSession);
  const again = await encodeImported(read, createSession);
  expect((await decodeImported(again, 'again.onnx', createSession)).expansion).toEqual(read.expansion);
  // Equal up to rounding.
  for (const [name, { data }] of read.expansion?.weights ?? []) {
    const before = full.expansion?.weights.get(name) as Tensor<'float32'>;
    for (const [i, value] of data.entries()) {
      expect(Math.abs(value - before.data[i])).toBeLessThanOrEqual(
        2 ** -11 * Math.abs(before.data[i]) + 2 ** -25,
      );
    }
  }
}, 60_000);

test('the model has the stages it was trained with, whatever its size implies', async () => {
  const classifier = await imported('resnet');
  const all = stageLayersOf(classifier);
  const count = trainedStages(newExpansion(classifier, all, random(1)).weights) - 1;
  expect(count).toBeGreaterThan(0);
  const stages = all.filter(({ stage }) => stage < count);
  const weights = initializeParameters(expansionParameters(classifier, stages, count), random(1));
  expect(weights.has(`expand_${count}_conv2D/kernel`)).toBe(false);
  const full: ImportedClassifier = { ...classifier, type: 'full', expansion: { stages, weights } };
  const read = await decodeImported(await encodeImported(full, createSession), 'fewer.onnx', createSession);
  expect(read.expansion).toEqual(full.expansion);
});

test('rejects a damaged file in one line', async () => {
  const full = expanded(await imported('resnet'));
  const { weights, stages } = full.expansion as NonNullable<ImportedClassifier['expansion']>;
  const without = new Map([...weights].filter(([name]) => name !== 'expand_query/kernel'));
  await expect(
    encodeImported({ ...full, expansion: { stages, weights: without } }, createSession),
  ).rejects.toThrow("the expansion lacks the weight 'expand_query/kernel'");
  const file = await encodeImported(full, createSession);
  const text = Buffer.from(file)
    .toString('latin1')
    .replaceAll('hrm/after/expand_query', 'hrm/after/expand_qwery');
  await expect(decodeImported(Buffer.from(text, 'latin1'), 'broken.onnx', createSession)).rejects.toThrow(
    /broken\.onnx: the weight 'expand_query\/kernel' should be float32 \[16,32,1,1\], the file has none/,
  );
});
