import { expect, test } from 'vitest';
import { initializeWeights, type ModelConfig } from '../models/model.ts';
import { random } from '../tensor/random.ts';
import { compileStep } from './compile.ts';
import { adadelta } from './optimizers.ts';
import { halfStep } from './step.ts';

// On a GPU the time of a step is that of starting its kernels: one per node.
test.each(['webgpu', 'cuda'] as const)("a half step has less than 1200 nodes in %s's form", (device) => {
  const config: ModelConfig = { type: 'half', classes: ['a', 'b', 'c'], channels: 3, imSize: 128 };
  const model = { ...config, weights: initializeWeights(config, random(1)) };
  const step = halfStep(model, { batchSize: 16, optimizer: adadelta(), device });
  expect(compileStep(step).liveNodes().length).toBeLessThan(1200);
});
