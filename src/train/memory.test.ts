import { expect, test } from 'vitest';
import { initializeWeights, type ModelConfig, type ModelType } from '../models/model.ts';
import { random } from '../tensor/random.ts';
import { largestBatch, trainingMemory } from './memory.ts';
import { adadelta, sgd } from './optimizers.ts';
import { fullStep, halfStep } from './step.ts';

interface Case {
  type?: ModelType;
  batchSize?: number;
  size?: number;
  optimizer?: ReturnType<typeof sgd>;
  validationBatch?: number;
  workers?: number;
}

/** Bytes by their purpose. */
function need({ type = 'half', batchSize = 2, size = 32, optimizer = sgd(), ...options }: Case): number[] {
  const config: ModelConfig = { type, classes: ['a', 'b'], imSize: size, channels: 3 };
  const model = { ...config, weights: initializeWeights(config, random(0)) };
  const step = (type === 'half' ? halfStep : fullStep)(model, { batchSize, optimizer });
  return trainingMemory(model, step, options).map(({ bytes }) => bytes);
}

test('feature maps and images grow with the batch and the area, other parts are constant', () => {
  // So small that no batch is split, which would save memory.
  const [maps, state, session, images] = need({ batchSize: 3, size: 64 });
  const twice = need({ batchSize: 6, size: 64 });
  expect(twice[0] / maps).toBeGreaterThan(1.6);
  expect(twice[0] / maps).toBeLessThan(2.1);
  expect(twice[1]).toBe(state);
  expect(twice[3]).toBe(2 * images);
  const wide = need({ batchSize: 3, size: 96 });
  expect(wide[0] / maps).toBeGreaterThan(1.6);
  expect(wide[0] / maps).toBeLessThan(2.3);
  expect(wide[3]).toBe(2.25 * images);
  expect(session).toBeGreaterThan(0);
});

test('an optimiser with two numbers per weight takes nearly three times the state', () => {
  const [, plain] = need({ optimizer: sgd() });
  const [, kept] = need({ optimizer: adadelta() });
  expect(kept / plain).toBeGreaterThan(2.8);
  expect(kept / plain).toBeLessThan(3);
});

test('counts validation and worker threads separately', () => {
  const alone = need({});
  const validated = need({ validationBatch: 8 });
  expect(validated).toHaveLength(alone.length + 1);
  expect(need({ validationBatch: 16 })[alone.length]).toBeGreaterThan(1.5 * validated[alone.length]);
  expect(need({ workers: 2 })[3]).toBeGreaterThan(alone[3]);
});

test.each([0, 1, 2, 7, 8, 100, 5000])('finds the largest batch that fits: %d', (largest) => {
  const asked: number[] = [];
  const needed = (batchSize: number): { total: number } => {
    asked.push(batchSize);
    return { total: 50 + 10 * batchSize };
  };
  expect(largestBatch(needed, 59 + 10 * largest)).toBe(largest);
  expect(asked.length).toBeLessThan(8); // it does not try every batch size
});
