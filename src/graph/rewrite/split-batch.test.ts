import { expect, test } from 'vitest';
import { initializeWeights, type ModelConfig } from '../../models/model.ts';
import { createSession } from '../../runtime/node.ts';
import { random } from '../../tensor/random.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { adadelta } from '../../train/optimizers.ts';
import { fullStep, halfStep } from '../../train/step.ts';
import type { Graph } from '../graph.ts';
import { encodeOnnx } from '../onnx/proto.ts';
import { splitBatch } from './split-batch.ts';

const batchSize = 4;
const config: ModelConfig = { type: 'half', classes: ['a', 'b', 'c'], channels: 3, imSize: 64 };

test.each([
  ['half', 2],
  ['half', 4],
  ['full', 2],
] as const)('a %s step in %i parts does what the whole one does', async (type, parts) => {
  const model = { ...config, type, weights: initializeWeights({ ...config, type }, random(3)) };
  const step = (type === 'half' ? halfStep : fullStep)(model, { batchSize, optimizer: adadelta() });
  const chance = random(4);
  const feeds = {
    ...Object.fromEntries(step.initialState),
    image: tensor(
      'float32',
      [batchSize, 64, 64, 3],
      Float32Array.from({ length: batchSize * 12288 }, () => chance.next()),
    ),
    label: tensor('int64', [batchSize], [0, 1, 2, 1]),
    learning_rate: tensor('float32', [], [0.1]),
    momentum: tensor('float32', [], [0.9]),
  };
  const split = splitBatch(step.graph, { batchSize, parts, minPixels: 0 });
  expect(split.outputs.map(({ name }) => name)).toEqual(step.graph.outputs.map(({ name }) => name));
  const convolutions = (graph: Graph): number =>
    graph.liveNodes().filter(({ operator }) => operator.type === 'Conv').length;
  expect(convolutions(split)).toBe(parts * convolutions(step.graph));
  const [a, b] = [await run(step.graph, feeds), await run(split, feeds)];
  expect(Number(b.loss.data[0])).toBeCloseTo(Number(a.loss.data[0]), 5);
  // Running means of squared gradients. Not digit by digit: a unit may fall on the other side of a ReLU's kink.
  const [whole, other] = [a, b].map((result) => Array.from(result['adadelta/accumulator/next'].data, Number));
  const squares = (values: number[]): number => values.reduce((sum, value) => sum + value * value, 0);
  expect(Math.sqrt(squares(whole.map((value, i) => value - other[i])) / squares(whole))).toBeLessThan(1e-2);
});

test('parts must divide the batch', () => {
  const weights = initializeWeights(config, random(3));
  const step = halfStep({ ...config, weights }, { batchSize, optimizer: adadelta() });
  expect(() => splitBatch(step.graph, { batchSize, parts: 3, minPixels: 0 })).toThrow(
    'internal: a batch of 4 does not divide into 3 parts',
  );
});

async function run(graph: Graph, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await createSession(encodeOnnx(graph), { purpose: 'training' });
  const results = await session.run(
    Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])),
  );
  await session.release();
  return results;
}
