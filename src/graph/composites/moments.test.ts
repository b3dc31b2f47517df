import { expect, test } from 'vitest';
import { checkGradient } from '../../../test/helpers/check-gradient.ts';
import { createSession } from '../../runtime/node.ts';
import { tensor } from '../../tensor/tensor.ts';
import { Graph } from '../graph.ts';
import { encodeOnnx } from '../onnx/proto.ts';
import { builders as o } from '../ops/index.ts';
import { moments } from './moments.ts';

test('the gradient of mean and variance agrees with central differences', async () => {
  await checkGradient({ inputs: [[2, 3, 4, 5]], build: ([x]) => moments(x).mean });
  await checkGradient({ inputs: [[2, 3, 4, 5]], build: ([x]) => moments(x).variance });
});

test('the gradient of a whole batch normalisation agrees, too, including the statistics', async () => {
  await checkGradient({
    inputs: [[2, 3, 4, 5], [3], [3]],
    build: ([x, scale, bias]) => o.batchNormalization(x, { scale, bias, ...moments(x), epsilon: 1e-3 }),
  });
});

test('the variance is precise far from zero', async () => {
  const graph = new Graph();
  const { variance } = moments(graph.input('x', 'float32', [1, 1, 2, 2]));
  graph.output(o.identity(variance, 'v'));
  const session = await createSession(encodeOnnx(graph));
  const { v } = await session.run({ x: tensor('float32', [1, 1, 2, 2], [10000, 10001, 10002, 10003]) });
  expect(v.data[0]).toBeCloseTo(1.25, 4);
});
