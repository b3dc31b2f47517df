/**
 * Our side of `network.bench.ts`: a training step, or inference, of a network with random weights.
 *
 *     npx tsx bench/network.ts step|inference half|full BATCH SIZE [DEVICE]
 */
import { writeFileSync } from 'node:fs';
import { toImages } from '../src/data/picture/unit-range.ts';
import { encodeOnnx } from '../src/graph/onnx/proto.ts';
import { forCpu } from '../src/graph/rewrite/cpu.ts';
import { forGpu } from '../src/graph/rewrite/gpu.ts';
import { inferenceGraph } from '../src/models/inference.ts';
import type { ModelType } from '../src/models/model.ts';
import { createSession } from '../src/runtime/node.ts';
import { openBatched } from '../src/runtime/open-batched.ts';
import type { Device } from '../src/runtime/session.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { adadelta } from '../src/train/optimizers.ts';
import { fullStep, halfStep } from '../src/train/step.ts';
import { StepSession } from '../src/train/step-session.ts';
import { contend } from './contender.ts';
import { randomModel } from './random-model.ts';

const [what, type, batch, size, device = 'cpu'] = process.argv.slice(2) as [
  string,
  ModelType,
  string,
  string,
  Device?,
];
const batchSize = Number(batch);
const imSize = Number(size);
const model = randomModel(type, imSize);
const pixels = random(1);
const picture = tensor(
  'uint8',
  [batchSize, imSize, imSize, 3],
  Uint8Array.from({ length: batchSize * imSize * imSize * 3 }, () => pixels.integer(256)),
);

if (what === 'names') {
  writeFileSync(
    1,
    JSON.stringify(Object.fromEntries([...model.weights].map(([name, { shape }]) => [name, shape]))),
  );
} else if (what === 'step') {
  const step = (type === 'half' ? halfStep : fullStep)(model, { batchSize, optimizer: adadelta(), device });
  const session = await StepSession.open(step, createSession);
  const inputs = {
    image: picture,
    learning_rate: tensor('float32', [], [1]),
    momentum: tensor('float32', [], [0.99]),
  };
  // New ones in every step: labels that were learned have gradients of nearly zero, and arithmetic with such
  // small numbers is slow.
  const labels = () =>
    tensor(
      'int64',
      [batchSize],
      Array.from({ length: batchSize }, () => pixels.integer(15)),
    );
  const run = async (): Promise<void> => {
    await session.run({ ...inputs, label: labels() });
  };
  await run();
  await contend(run);
} else {
  const graph = inferenceGraph(model);
  const session =
    device === 'cpu'
      ? await openBatched(encodeOnnx(forCpu(graph, 'inference')), 'any', createSession)
      : await createSession(encodeOnnx(forGpu(graph, device === 'webgpu' ? 'webgpu' : 'cuda')), { device });
  const class_index = tensor('int64', [batchSize], new Array(batchSize).fill(-1));
  const outputs = session.outputNames.filter((name) => name !== 'reconstruction');
  const image = toImages(picture);
  const run = () => session.run({ image, class_index }, outputs);
  await run();
  await contend(run, 3);
}
