import { beforeAll, expect, test } from 'vitest';
import { toImages } from '../data/picture/unit-range.ts';
import { initializeWeights, transferWeights } from '../models/model.ts';
import { encodeModel } from '../models/model-file.ts';
import { createSession } from '../runtime/node.ts';
import { random } from '../tensor/random.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { classify, classifyWithEach } from './classify.ts';
import { FullModel } from './full-model.ts';
import { HalfModel } from './half-model.ts';
import { mapAt } from './images.ts';

const config = { classes: ['cat', 'dog', '7'], imSize: 32, channels: 3 };
let half: HalfModel;
let full: FullModel;
let pictures: Tensor<'uint8'>;
let images: Tensor<'float32'>;

beforeAll(async () => {
  const rng = random(5);
  const weights = initializeWeights({ ...config, type: 'half' }, rng);
  const all = transferWeights(weights, initializeWeights({ ...config, type: 'full' }, rng));
  half = await HalfModel.load(encodeModel({ ...config, type: 'half', weights }), createSession);
  full = await FullModel.load(encodeModel({ ...config, type: 'full', weights: all }), createSession);
  const blank = tensor('uint8', [3, 64, 32, 3]);
  pictures = { ...blank, data: blank.data.map(() => rng.integer(256)) };
  images = toImages(pictures);
});

test('half and full models have bit-identical predictions and the same low-res maps', async () => {
  const a = await half.generateCams(images);
  const b = await full.generateCams(images);
  expect(b.predictions.data).toEqual(a.predictions.data);
  expect(b.low.data).toEqual(a.cam.data);
  expect(a.cam.shape).toEqual([3, 4, 2]);
  expect(b.high.shape).toEqual([3, 64, 32]);
});

test('a batch gives the same results as its images one by one', async () => {
  const together = await full.generateCams(images, 'dog');
  for (const i of [0, 1, 2]) {
    const size = images.data.length / 3;
    const one = tensor('float32', [1, 64, 32, 3], images.data.slice(i * size, (i + 1) * size));
    const alone = await full.highResCam(one, 'dog');
    mapAt(together.high, i).data.forEach((value, k) => {
      expect(Math.abs(value - alone.data[k])).toBeLessThan(1e-4);
    });
  }
});

test('class 0 can be explained; without a class the predicted one is explained', async () => {
  const { probabilities, explainedClass } = await half.explain(images);
  const best = half.topN(probabilities, 1).map(([{ index }]) => index);
  expect(explainedClass).toEqual(best);
  expect((await half.explain(images, 0)).explainedClass).toEqual([0, 0, 0]);
  expect((await half.explain(images, [0, undefined, '7'])).explainedClass).toEqual([0, best[1], 2]);
});

test('predictN sorts by probability', async () => {
  const [first] = await half.predictN(images, 3);
  expect(first.map(({ probability }) => probability)).toEqual(
    first.map(({ probability }) => probability).sort((a, b) => b - a),
  );
  expect(first.map(({ index }) => config.classes[index])).toEqual(first.map(({ name }) => name));
  await expect(half.predictN(images, 4)).rejects.toThrow('n is a whole number from 1 to 3, got 4');
});

test('rejects wrong images and classes with the rule and the value', async () => {
  await expect(half.predict(tensor('float32', [1, 33, 32, 3]))).rejects.toThrow(
    'a multiple of 32 is needed, got 33',
  );
  await expect(half.predict(tensor('float32', [1, 32, 32, 1]))).rejects.toThrow(
    'float32 [N, H, W, 3] is needed, got float32 [1,32,32,1]',
  );
  const bright = tensor('float32', [1, 32, 32, 3]);
  bright.data[7] = 255;
  await expect(half.predict(bright)).rejects.toThrow('values in [0, 1] are needed, got 255');
  await expect(half.cam(images, 'fox')).rejects.toThrow(
    "class: there is no 'fox'; did you mean 'dog'? The classes are cat, dog, 7",
  );
  await expect(half.cam(images, 3)).rejects.toThrow('an index from 0 to 2 is needed, got 3');
  await expect(half.cam(images, -1)).rejects.toThrow('an index from 0 to 2 is needed, got -1');
  await expect(half.cam(images, [0, 1])).rejects.toThrow('one class for each of 3 images is needed, got 2');
});

test('classify checks labels and processes all batches', async () => {
  async function* pass(labels: number[]) {
    yield { pictures, labels: Int32Array.from(labels), paths: ['a', 'b', 'c'], position: 3 };
    yield { pictures, labels: Int32Array.from(labels), paths: ['d', 'e', 'f'], position: 6 };
  }
  const { predictions, paths, loss } = await classify(half, pass([0, 1, 2]));
  expect(paths).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(predictions.slice(0, 3)).toEqual(predictions.slice(3));
  expect(loss).toBeGreaterThan(0);
  await expect(classify(half, pass([0, 3, 0]))).rejects.toThrow('labels are 0 to 2, b has 3');
});

test('several models classify the same batches with the same results as alone', async () => {
  async function* pass() {
    yield { pictures, labels: Int32Array.of(0, 1, 2), paths: ['a', 'b', 'c'], position: 3 };
  }
  const both = await classifyWithEach([half, full], pass());
  expect(both).toEqual([await classify(half, pass()), await classify(full, pass())]);
});

test('grouped classes: the probability of a group is that of its most probable class', async () => {
  const { data } = await half.predict(images);
  const batch = {
    pictures,
    labels: Int32Array.of(0, 1, 0),
    paths: ['a', 'b', 'c'],
    position: 3,
  };
  async function* once() {
    yield batch;
  }
  const groups = [[2, 0], [1]];
  const [found] = await classifyWithEach([half], once(), undefined, groups);
  const rows = [0, 1, 2].map((i) => [...data.subarray(3 * i, 3 * i + 3)]);
  const expected = rows.map(([cat, dog, seven]) => [Math.max(cat, seven), dog]);
  expect([...found.probabilities]).toEqual(expected.flat());
  expect(found.predictions).toEqual(expected.map(([one, other]) => (one >= other ? 0 : 1)));
  const losses = expected.map((row, i) => -Math.log(row[batch.labels[i]]));
  expect(found.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 3, 6);
});
