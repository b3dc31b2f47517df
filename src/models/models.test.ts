import { expect, test } from 'vitest';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { createSession } from '../runtime/node.ts';
import { random } from '../tensor/random.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { inferenceGraph } from './inference.ts';
import { initializeWeights, type Model, type ModelConfig, transferWeights } from './model.ts';
import { decodeModel, encodeModel } from './model-file.ts';
import { formatSummary, summarize } from './summary.ts';

function config(type: 'half' | 'full', classes = 3, imSize = 64, channels = 3): ModelConfig {
  return { type, classes: Array.from({ length: classes }, (_, i) => `class ${i}`), imSize, channels };
}

function model(like: ModelConfig, seed = 0): Model {
  return { ...like, weights: initializeWeights(like, random(seed)) };
}

function images(shape: readonly number[], seed = 7): Tensor<'float32'> {
  const rng = random(seed);
  const image = tensor('float32', shape);
  return { ...image, data: image.data.map(() => rng.next()) };
}

test('parameter counts equal those of the reference', () => {
  expect(summarize(config('half', 398, 224))).toMatchObject({ trainable: 1_056_638, moving: 12_992 });
  expect(summarize(config('full', 398, 224))).toMatchObject({ trainable: 1_664_574, moving: 19_328 });
});

test('layers have the specified shapes', () => {
  const { layers } = summarize(config('full', 398, 224));
  const shape = (name: string) => layers.find((layer) => layer.name === name)?.output;
  expect(shape('initial_conv2D')).toEqual([1, 48, 224, 224]);
  expect(shape('tr_early_pool')).toEqual([1, 48, 112, 112]);
  expect(shape('tr_3_pool')).toEqual([1, 304, 7, 7]);
  expect(shape('conv_aux')).toEqual([1, 16, 14, 14]);
  expect(shape('tr_up_early_conv2DT')).toEqual([1, 16, 224, 224]);
  expect(shape('main_output')).toEqual([1, 3, 224, 224]);
  const text = formatSummary(summarize(config('half', 398, 224)));
  expect(text).toContain('trainable parameters: 1,056,638');
  expect(text).not.toContain('expansion');
  expect(formatSummary(summarize(config('full', 398, 224)))).toContain('\nexpansion: reconstruction\n');
  // All but the kernel of the reconstruction, 16 x 3.
  const tied = summarize({ ...config('full', 398, 224), expansion: 'tied-image' });
  expect(tied).toMatchObject({ trainable: 1_664_526, moving: 19_328, expansion: 'tied-image' });
});

test('one pass gives probabilities, the explained class and both maps, for any batch and size', async () => {
  const full = model(config('full'));
  const session = await createSession(encodeModel(full));
  for (const [n, h, w] of [
    [1, 64, 64],
    [3, 32, 96],
  ]) {
    const indices = [-1, 0, 2].slice(0, n);
    const result = await session.run({
      image: images([n, h, w, 3]),
      class_index: tensor('int64', [n], indices),
    });
    expect(result.probabilities.shape).toEqual([n, 3]);
    expect(result.low_res_cam.shape).toEqual([n, h / 16, w / 16]);
    expect(result.high_res_cam.shape).toEqual([n, h, w]);
    expect(result.reconstruction.shape).toEqual([n, h, w, 3]);
    const p = Array.from(result.probabilities.data as Float32Array);
    expect(p.slice(0, 3).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    const predicted = p.indexOf(Math.max(...p.slice(0, 3)));
    expect(Array.from(result.explained_class.data, Number)).toEqual([predicted, 0, 2].slice(0, n));
  }
});

test('the mean of the low-res CAM plus the bias is the logit', async () => {
  const half = model(config('half'));
  half.weights.get('aux_output/bias')?.data.set([0.3, -0.2, 0.1]);
  const session = await createSession(encodeModel(half));
  const image = images([1, 64, 64, 3]);
  const logits: number[] = [];
  let probabilities: number[] = [];
  for (const c of [0, 1, 2]) {
    const result = await session.run({ image, class_index: tensor('int64', [1], [c]) });
    const cam = result.low_res_cam.data as Float32Array;
    logits.push(cam.reduce((a, b) => a + b, 0) / cam.length + [0.3, -0.2, 0.1][c]);
    probabilities = Array.from(result.probabilities.data as Float32Array);
  }
  const exponentials = logits.map(Math.exp);
  const sum = exponentials.reduce((a, b) => a + b);
  for (const [c, e] of exponentials.entries()) expect(e / sum).toBeCloseTo(probabilities[c], 5);
});

test('a full model has the same probabilities and low-res CAM as its half model, bit for bit', async () => {
  const half = model(config('half'), 1);
  const fresh = model(config('full'), 2);
  const full = { ...fresh, weights: transferWeights(half.weights, fresh.weights) };
  const feeds = { image: images([4, 64, 64, 3]), class_index: tensor('int64', [4], [-1, -1, -1, 1]) };
  const a = await (await createSession(encodeModel(half))).run(feeds);
  const b = await (await createSession(encodeModel(full))).run(feeds);
  expect(b.probabilities.data).toEqual(a.probabilities.data);
  expect(b.low_res_cam.data).toEqual(a.low_res_cam.data);
});

test('a model file is complete and unchanged when read', () => {
  const grey = { ...model(config('half', 2, 32, 1)), training: { epochs: 3 } };
  const bytes = encodeModel(grey);
  const back = decodeModel(bytes, 'm.onnx', 'half');
  expect({ ...back, weights: [...back.weights.keys()] }).toEqual({
    ...grey,
    weights: [...grey.weights.keys()],
  });
  expect(Buffer.compare(encodeModel(back), bytes)).toBe(0);
});

test('rejects a file of the wrong kind, a foreign model, or another file', () => {
  const half = encodeModel(model(config('half', 2, 32)));
  expect(() => decodeModel(half, 'm.onnx', 'full')).toThrow(
    'm.onnx: a full model is needed, this is a half model',
  );
  const foreign = encodeOnnx(inferenceGraph(model(config('half', 2, 32))));
  expect(() => decodeModel(foreign, 'm.onnx')).toThrow(
    'm.onnx: an ONNX model, but not one of high-res-mapping',
  );
  expect(() => decodeModel(half.subarray(0, half.length / 2), 'm.onnx')).toThrow(
    'm.onnx: not an ONNX model, or damaged',
  );
  expect(() => initializeWeights(config('half', 3, 100), random(0))).toThrow(
    'a multiple of 32 is needed, got 100',
  );
  expect(() => initializeWeights(config('half', 1), random(0))).toThrow('at least 2 classes');
});
