import { expect, test } from 'vitest';
import type { Batch } from '../data/batches.ts';
import { initializeWeights } from '../models/model.ts';
import { createSession } from '../runtime/node.ts';
import type { CreateSession } from '../runtime/session.ts';
import { random } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import { type EpochRecord, type TrainOptions, train } from './loop.ts';
import { adadelta } from './optimizers.ts';
import { fullStep, halfStep } from './step.ts';

const config = { type: 'half', classes: ['a', 'b'], imSize: 32, channels: 1 } as const;
const model = { ...config, weights: initializeWeights(config, random(1)) };
const step = halfStep(model, { batchSize: 2, optimizer: adadelta() });

async function* passOf(labels: readonly number[], steps = 2): AsyncGenerator<Batch> {
  const rng = random(9);
  for (let i = 0; i < steps; i++) {
    const images = tensor('float32', [labels.length, 32, 32, 1]);
    images.data.forEach((_, k) => {
      images.data[k] = rng.next();
    });
    yield { images, labels: Int32Array.from(labels), paths: labels.map((_, k) => `${k}.jpg`) };
  }
}

/** A session that gives the losses told and leaves the state as it is; it notes what it was fed. */
function fakeSession(losses: number[]): { create: CreateSession; momenta: number[]; released: () => number } {
  const momenta: number[] = [];
  let released = 0;
  const create: CreateSession = async () => ({
    inputNames: [],
    outputNames: ['correct'],
    run: async (feeds) => {
      momenta.push(Number(feeds.momentum.data[0]));
      const state = Object.entries(feeds).map(([name, value]) => [`${name}/next`, value]);
      const scalar = (value: number) => tensor('float32', [], [value]);
      return { ...Object.fromEntries(state), loss: scalar(losses.shift() ?? 0), correct: scalar(1) };
    },
    release: async () => {
      released++;
    },
  });
  return { create, momenta, released: () => released };
}

const base: Omit<TrainOptions, 'createSession'> = {
  step,
  epochs: 2,
  freshStatistics: true,
  batches: () => passOf([0, 1]),
  onEpoch: async () => {},
};

test('figures, best epoch and the momentum of new statistics', async () => {
  const { create, momenta, released } = fakeSession([4, 2, 1, 1]);
  const best: boolean[] = [];
  const accuracies = [0.75, 0.5];
  const history = await train({
    ...base,
    createSession: create,
    validate: async () => ({ loss: 1, accuracy: accuracies.shift() ?? 0 }),
    onEpoch: async (_model, _history, isBest) => void best.push(isBest),
  });
  expect(
    history.map(({ loss, accuracy, valAccuracy }: EpochRecord) => [loss, accuracy, valAccuracy]),
  ).toEqual([
    [3, 0.5, 0.75],
    [1, 0.5, 0.5],
  ]);
  for (const { imagesPerSecond, seconds } of history) expect(imagesPerSecond * seconds).toBeCloseTo(4, 0);
  expect(best).toEqual([true, false]);
  expect(momenta.map((value) => value.toFixed(3))).toEqual(['0.000', '0.500', '0.667', '0.750']);
  expect(released()).toBe(1);
});

test('a loss that is not finite, a wrong batch, no batch: an error, and the session is released', async () => {
  const attempt = async (change: Partial<TrainOptions>, losses: number[] = []): Promise<void> => {
    const { create, released } = fakeSession(losses);
    try {
      await train({ ...base, createSession: create, ...change });
    } finally {
      expect(released()).toBe(1);
    }
  };
  await expect(attempt({}, [1, 1, 1, Number.NaN])).rejects.toThrow('the loss is NaN at epoch 2, step 2');
  await expect(attempt({ batches: () => passOf([0, 1], 0) })).rejects.toThrow('epoch 1 has no batch');
  await expect(attempt({ batches: () => passOf([0]) })).rejects.toThrow(
    'batches of 2 images are needed, got one of 1',
  );
  await expect(attempt({ batches: () => passOf([0, 2]) })).rejects.toThrow('labels are 0 to 1, 1.jpg has 2');
});

test('real steps lower the loss; the frozen half of a full model does not change by one bit', async () => {
  const losses: number[] = [];
  const batches = () => passOf([0, 1], 4);
  await train({
    ...base,
    batches,
    createSession,
    epochs: 3,
    onEpoch: async (_m, [...all]) => void losses.push(all.at(-1)?.loss ?? 0),
  });
  expect(losses[2]).toBeLessThan(losses[0]);

  const full = { ...config, type: 'full' as const };
  const start = { ...full, weights: initializeWeights(full, random(2)) };
  let changed: string[] = [];
  await train({
    ...base,
    batches,
    createSession,
    step: fullStep(start, { batchSize: 2, optimizer: adadelta() }),
    onEpoch: async (trained) => {
      changed = [...trained.weights]
        .filter(([name, w]) => String(w.data) !== String(start.weights.get(name)?.data))
        .map(([name]) => name);
    },
  });
  const halfNames = [...model.weights.keys()];
  expect(changed.filter((name) => halfNames.includes(name))).toEqual([]);
  expect(changed.length).toBe(start.weights.size - halfNames.length);
});
