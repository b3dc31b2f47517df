/** No node of a graph that is made for a GPU runs on the processor: its images would travel there and back. */
import { describe, expect, test } from 'vitest';
import type { Graph } from '../src/graph/graph.ts';
import { forGpu } from '../src/graph/rewrite/gpu.ts';
import { inferenceGraph } from '../src/models/inference.ts';
import { initializeWeights } from '../src/models/model.ts';
import { random } from '../src/tensor/random.ts';
import { compileStep } from '../src/train/compile.ts';
import { headStep, newHead } from '../src/train/head-step.ts';
import { adadelta, adamw } from '../src/train/optimizers.ts';
import { fullStep, halfStep } from '../src/train/step.ts';
import { gradientCase, gradientKinds } from '../tools/reference/gradient-case.ts';
import { leftToProcessor } from './helpers/cuda-operators.ts';
import { gpus, keepOpen } from './helpers/gpu-devices.ts';
import { nodeProviders } from './helpers/node-providers.ts';
import { transportCase } from './helpers/transport-case.ts';

interface Made {
  readonly title: string;
  readonly purpose: 'training' | 'inference';
  readonly graph: (device: 'webgpu' | 'cuda') => Graph;
}

/** Graphs that this project makes for a GPU: steps and models. */
const made: readonly Made[] = [
  ...gradientKinds.flatMap((kind): Made[] => {
    const config = { ...gradientCase(kind).model, imSize: 32 };
    const model = { ...config, weights: initializeWeights(config, random(1)) };
    const build = kind === 'half' ? halfStep : fullStep;
    return [
      {
        title: `the training step, ${kind}`,
        purpose: 'training',
        graph: (device) => compileStep(build(model, { batchSize: 2, optimizer: adadelta(), device })),
      },
      {
        title: `inference, ${kind}`,
        purpose: 'inference',
        graph: (device) => forGpu(inferenceGraph(model, [2, 32, 32]), device),
      },
      {
        title: `inference at any size, ${kind}`,
        purpose: 'inference',
        graph: (device) => forGpu(inferenceGraph(model), device),
      },
    ];
  }),
  {
    title: 'the training step of a head',
    purpose: 'training',
    graph: (device) => {
      const model = { classes: ['a', 'b', 'c'], weights: newHead(8, 3) };
      return compileStep(headStep(model, { batchSize: 4, optimizer: adamw(), l2: 1e-4, device }));
    },
  },
  {
    title: 'the training step of an expansion by transport',
    purpose: 'training',
    graph: (device) => compileStep(transportCase(device)),
  },
];

test.each(made)("$title: CUDA has kernels for all nodes, according to ONNX Runtime's list", ({ graph }) => {
  const left = graph('cuda').liveNodes().map(leftToProcessor);
  expect([...new Set(left.filter((reason) => reason !== undefined))]).toEqual([]);
});

test('finds nodes that CUDA leaves to the CPU', () => {
  const config = gradientCase('full').model;
  const graph = inferenceGraph({ ...config, weights: initializeWeights(config, random(1)) });
  const left = graph.liveNodes().flatMap((node) => leftToProcessor(node) ?? []);
  expect(new Set(left)).toEqual(new Set(['ConvTranspose: pads [0,0,1,1], output padding [0,0]']));
});

describe.each(gpus)('$device', ({ device, works }) => {
  keepOpen(device, works);
  const named = made.filter(({ title }) => !title.includes('any size'));
  test.runIf(works).each(named)('$title: no node runs on the CPU', { timeout: 600_000 }, async (one) => {
    const run = await nodeProviders(one.graph(device), device, one.purpose);
    expect(run.length).toBeGreaterThan(5);
    const strays = run.filter(({ provider }) => provider === 'CPUExecutionProvider');
    expect(strays.map(({ operator, name }) => `${operator} (${name})`)).toEqual([]);
  });
});
