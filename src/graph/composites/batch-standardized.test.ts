import { expect, test } from 'vitest';
import { checkGradient } from '../../../test/helpers/check-gradient.ts';
import { createSession } from '../../runtime/node.ts';
import { tensor } from '../../tensor/tensor.ts';
import { Graph } from '../graph.ts';
import { encodeOnnx } from '../onnx/proto.ts';
import { builders as o } from '../ops/index.ts';
import { batchStandardized } from './batch-standardized.ts';

test('its gradient agrees with central differences', async () => {
  await checkGradient({ inputs: [[2, 3, 4, 5]], build: ([x]) => batchStandardized(x, 1e-3).value });
});

test('gives mean 0 and variance 1, also far from zero, with the statistics of the batch', async () => {
  const graph = new Graph();
  const { value, mean, variance, count } = batchStandardized(graph.input('x', 'float32', [2, 1, 1, 2]), 1e-5);
  for (const [name, one] of Object.entries({ value, mean, variance })) graph.output(o.identity(one, name));
  const session = await createSession(encodeOnnx(graph));
  const result = await session.run({
    x: tensor('float32', [2, 1, 1, 2], [10000, 10001, 10002, 10003]),
  });
  await session.release();
  expect([count, Number(result.mean.data[0])]).toEqual([4, 10001.5]);
  expect(result.mean.shape).toEqual([1, 1, 1, 1]);
  expect(Number(result.variance.data[0])).toBeCloseTo(1.25, 4);
  for (const [i, z] of [-1.34164, -0.44721, 0.44721, 1.34164].entries())
    expect(Number(result.value.data[i])).toBeCloseTo(z, 4);
});
