import { describe, expect, test } from 'vitest';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { createSession } from '../runtime/node.ts';
import { random } from '../tensor/random.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { openStep } from './compile.ts';
import { type FeatureBatch, headInputs, headJudge, headNames, headStep, newHead } from './head-step.ts';
import { train } from './loop.ts';
import { adam, sgd } from './optimizers.ts';
import { constantRate } from './schedule.ts';

const classes = ['a', 'b', 'c'];
const [features, n] = [5, 12];

/** Features drawn around a centre for each class, far apart: a linear classifier separates them. */
function drawBatch(seed: number): FeatureBatch {
  const rng = random(seed);
  const labels = Int32Array.from({ length: n }, (_, i) => i % classes.length);
  const values = Float32Array.from({ length: n * features }, (_, i) => {
    const [row, k] = [Math.floor(i / features), i % features];
    return 0.3 * rng.normal() + (k === labels[row] ? 2 : 0);
  });
  return {
    features: tensor('float32', [n, features], values),
    labels,
    paths: Array.from(labels, (_, i) => `${i}.jpg`),
    position: n,
  };
}

const scalar = (value: number): Tensor<'float32'> => tensor('float32', [], [value]);

test('a step from zeros: loss and gradient computed by hand, L2 only on the weights', async () => {
  const batch = drawBatch(1);
  const [rate, l2] = [0.5, 0.1];
  const rng = random(2);
  const start = new Map([
    [
      headNames.weights,
      tensor(
        'float32',
        [features, 3],
        Array.from({ length: 15 }, () => rng.normal()),
      ),
    ],
    [headNames.bias, tensor('float32', [3], [0.1, -0.2, 0.3])],
  ]);
  const step = headStep(
    { classes, weights: start },
    { batchSize: n, optimizer: sgd({ learningRate: rate }), l2 },
  );
  const session = await openStep(step, createSession);
  const result = await session.run({
    ...step.state.pack(step.initialState),
    ...headInputs(batch),
    learning_rate: scalar(rate),
    momentum: scalar(0),
  });
  await session.release();
  const after = step.state.unpack(step.state.next(result));
  const weights = start.get(headNames.weights) as Tensor<'float32'>;
  const bias = start.get(headNames.bias) as Tensor<'float32'>;
  const gradient = { weights: Array.from(weights.data, (w) => 2 * l2 * w), bias: [0, 0, 0] };
  let loss = l2 * weights.data.reduce((sum, w) => sum + w * w, 0);
  let correct = 0;
  for (let i = 0; i < n; i++) {
    const x = batch.features.data.subarray(i * features, (i + 1) * features);
    const logits = classes.map((_, m) =>
      x.reduce((sum, v, k) => sum + v * weights.data[k * 3 + m], bias.data[m]),
    );
    const total = logits.reduce((sum, z) => sum + Math.exp(z), 0);
    loss -= Math.log(Math.exp(logits[batch.labels[i]]) / total) / n;
    if (logits.indexOf(Math.max(...logits)) === batch.labels[i]) correct++;
    for (const [m, z] of logits.entries()) {
      const error = (Math.exp(z) / total - (m === batch.labels[i] ? 1 : 0)) / n;
      gradient.bias[m] += error;
      for (const [k, v] of x.entries()) gradient.weights[k * 3 + m] += error * v;
    }
  }
  expect(result.loss.data[0]).toBeCloseTo(loss, 5);
  expect(result.correct.data[0]).toBe(correct);
  for (const key of ['weights', 'bias'] as const) {
    const next = after.get(headNames[key])?.data as Float32Array;
    const before = (key === 'weights' ? weights : bias).data;
    for (const [i, g] of gradient[key].entries()) expect(next[i]).toBeCloseTo(before[i] - rate * g, 5);
  }
});

describe('training', () => {
  const options = {
    createSession,
    stepsPerEpoch: 1,
    freshStatistics: false,
    schedule: constantRate(0.1),
    step: headStep(
      { classes, weights: newHead(features, 3) },
      { batchSize: n, optimizer: adam({ learningRate: 0.1 }) },
    ),
    async *batches(epoch: number) {
      yield drawBatch(epoch);
    },
  };

  test('learns classes that are linearly separable', async () => {
    let last = newHead(features, 3);
    await train({
      ...options,
      epochs: 40,
      onEpoch: ({ weights }) => {
        last = new Map([...weights]) as typeof last;
      },
    });
    const judge = await createSession(encodeOnnx(headJudge(features, 3)));
    const found = await judge.run({ ...headInputs(drawBatch(99)), ...Object.fromEntries(last) });
    await judge.release();
    expect(found.correct.data[0]).toBe(n);
    expect(found.loss.data[0]).toBeLessThan(0.2);
  });

  test('stops early by the validation loss if that is the goal', async () => {
    const losses = [3, 2, 2.5, 2.2, 1, 1, 1, 1];
    const best: boolean[] = [];
    const run = (goal: 'accuracy' | 'loss', patience: number) => {
      best.length = 0;
      return train({
        ...options,
        epochs: 8,
        goal,
        patience,
        validate: async (_, epoch) => ({ loss: losses[epoch - 1], accuracy: 1 }),
        onEpoch: (end) => void best.push(end.best),
      });
    };
    const { progress, stopped } = await run('loss', 2);
    expect([progress.epoch, progress.best?.epoch, stopped]).toEqual([5, 2, false]);
    expect(best).toEqual([true, true, false, false]);
    expect((await run('loss', 3)).progress.best?.epoch).toBe(5);
    // All epochs have the same accuracy.
    expect((await run('accuracy', 2)).progress.epoch).toBe(4);
  });
});
