import { describe, expect, test } from 'vitest';
import { ranksHere } from '../../test/helpers/ranks-here.ts';
import type { Batch } from '../data/batches/batches.ts';
import { initializeWeights } from '../models/model.ts';
import { createSession } from '../runtime/node.ts';
import { itemsBetween } from '../tensor/batch.ts';
import { random } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import type { StepBatch, TrainingStep } from './build-step.ts';
import { Crew, type CrewOptions, RankError } from './crew.ts';
import { type FeatureBatch, headNames, headStep, newHead } from './head-step.ts';
import {
  type Checkpoint,
  type EpochEnd,
  type SaveReason,
  type TrainOptions,
  type TrainResult,
  train,
} from './loop.ts';
import { adadelta, adam, sgd } from './optimizers.ts';
import type { Progress } from './progress.ts';
import { constantRate } from './schedule.ts';
import type { TrainingState } from './state-layout.ts';
import { halfStep } from './step.ts';

const classes = ['a', 'b', 'c'];
const [features, whole, stepsPerEpoch] = [5, 8, 3];

/** Batches of an epoch, or a rank's share of each. */
async function* featureBatches(epoch: number, from: number, rank = 0, of = 1): AsyncGenerator<FeatureBatch> {
  const rng = random(epoch);
  for (let i = 0; i < stepsPerEpoch; i++) {
    const labels = Int32Array.from({ length: whole }, () => rng.integer(classes.length));
    const drawn = Float32Array.from({ length: whole * features }, () => rng.normal());
    const position = (i + 1) * whole;
    if (position <= from) continue;
    const [first, last] = [(rank * whole) / of, ((rank + 1) * whole) / of];
    yield {
      features: itemsBetween(tensor('float32', [whole, features], drawn), first, last),
      labels: labels.slice(first, last),
      paths: Array.from(labels.slice(first, last), (_, k) => `${k}.jpg`),
      position,
    };
  }
}

function headOf(batchSize: number, twoGraphs: boolean): TrainingStep<FeatureBatch> {
  const model = { classes, weights: newHead(features, classes.length) };
  return headStep(model, { batchSize, optimizer: adam(), l2: 0.01, twoGraphs });
}

interface Ended {
  readonly result: TrainResult | undefined;
  readonly error: Error | undefined;
  readonly saved: readonly { readonly reason: SaveReason; readonly checkpoint: Checkpoint }[];
}

type Change = (rank: number) => Partial<TrainOptions<FeatureBatch>>;

/** Trains a head on this many ranks; without a crew if it is one. */
async function trained(
  ranks: number | 'alone',
  change: Change = () => ({}),
  crewOf: (rank: number) => CrewOptions = () => ({}),
): Promise<Ended[]> {
  const all = ranks === 'alone' ? [undefined] : ranksHere(ranks);
  return Promise.all(
    all.map(async (own, rank) => {
      const saved: { reason: SaveReason; checkpoint: Checkpoint }[] = [];
      try {
        const result = await train<FeatureBatch>({
          step: headOf(whole / all.length, own !== undefined),
          createSession,
          epochs: 3,
          stepsPerEpoch,
          schedule: constantRate(0.05),
          freshStatistics: false,
          batches: (epoch, position) => featureBatches(epoch, position, rank, all.length),
          save: async (checkpoint, reason) => saved.push({ reason, checkpoint }) > 0,
          crew: own && new Crew(own, crewOf(rank)),
          ...change(rank),
        });
        return { result, error: undefined, saved };
      } catch (error) {
        return { result: undefined, error: error as Error, saved };
      }
    }),
  );
}

const losses = (progress: Progress | undefined): number[] =>
  (progress?.history ?? []).map(({ loss }) => loss);
const end = ({ saved }: Ended): Checkpoint => saved[saved.length - 1].checkpoint;

/** The largest difference of two states, relative to their values. */
function expectAlike(one: TrainingState, other: TrainingState, tolerance: number): void {
  for (const [name, { data }] of one) {
    const there = other.get(name)?.data ?? new Float32Array();
    const largest = Math.max(1e-6, ...data.map(Math.abs));
    const off = data.reduce((most, value, i) => Math.max(most, Math.abs(value - there[i])), 0);
    expect(off / largest, name).toBeLessThan(tolerance);
  }
}

describe('a head, without batch statistics', () => {
  test.each([1, 2, 4])('%i ranks give the same training as one process', async (ranks) => {
    const [alone] = await trained('alone');
    const [first, ...others] = await trained(ranks);
    expect(first.error).toBeUndefined();
    expect(losses(first.result?.progress)).toHaveLength(3);
    for (const [i, loss] of losses(alone.result?.progress).entries()) {
      expect(losses(first.result?.progress)[i]).toBeCloseTo(loss, 5);
    }
    const accuracies = ({ result }: Ended) => result?.progress.history.map(({ accuracy }) => accuracy);
    expect(accuracies(first)).toEqual(accuracies(alone));
    expectAlike(end(alone).tensors, end(first).tensors, 1e-5);
    for (const other of others) {
      expect(other.saved).toEqual([]);
      expect(losses(other.result?.progress)).toEqual(losses(first.result?.progress));
    }
  });

  test('a checkpoint resumes with another number of ranks, or with one process', async () => {
    const [alone] = await trained('alone');
    const [four] = await trained(4, () => ({ epochs: 1 }));
    const [two] = await trained(2, () => ({ epochs: 2, from: end(four) }));
    const [one] = await trained('alone', () => ({ from: end(two) }));
    expect(losses(one.result?.progress)).toHaveLength(3);
    expectAlike(end(alone).tensors, end(one).tensors, 1e-5);
  });

  test('validation, best epoch and early stopping follow rank 0', async () => {
    const found = await trained(2, (rank) => ({
      patience: 1,
      goal: 'loss',
      validate: async (_, epoch) => ({ loss: rank === 0 ? epoch : -epoch, accuracy: 0.5 }),
    }));
    for (const { result } of found) {
      expect(result?.progress.history.map(({ valLoss }) => valLoss)).toEqual([1, 2]);
      expect(result?.progress.best?.epoch).toBe(1);
    }
  });
});

describe('a failure on one rank', () => {
  const failing = (where: number): Change => {
    return (rank) => ({
      async *batches(epoch, position) {
        for await (const batch of featureBatches(epoch, position, rank, 2)) {
          if (rank === where && epoch === 2 && batch.position === 2 * whole)
            throw new Error('the disk is gone');
          yield batch;
        }
      },
    });
  };

  test('ends all ranks with its error, and rank 0 saves the current state', async () => {
    const [first, second] = await trained(2, failing(1));
    expect(first.error).toBeInstanceOf(RankError);
    expect(first.error?.message).toBe('rank 1 of 2: the disk is gone');
    expect(second.error?.message).toBe('the disk is gone');
    expect(first.saved.at(-1)?.reason).toBe('failure');
    expect(end(first).progress.pass.steps).toBe(1);
    const [alone] = await trained('alone');
    const [again] = await trained(2, () => ({ from: end(first) }));
    expectAlike(end(alone).tensors, end(again).tensors, 1e-5);
  });

  test('on rank 0 ends with the error itself', async () => {
    const [first, second] = await trained(2, failing(0));
    expect(first.error?.message).toBe('the disk is gone');
    expect(first.saved.at(-1)?.reason).toBe('failure');
    expect(second.error?.message).toBe('rank 0 of 2: the disk is gone');
  });

  test('a loss that is not finite fails on all ranks, and nothing is saved', async () => {
    const [first, second] = await trained(2, () => ({ schedule: constantRate(1e30) }));
    for (const { error } of [first, second])
      expect(error?.message).toMatch(/^training: .* is .*finite|loss is/);
    expect(first.saved).toEqual([]);
  });

  test('handles batches that end early on one rank', async () => {
    const [first] = await trained(2, (rank) => ({
      async *batches(epoch, position) {
        for await (const batch of featureBatches(epoch, position, rank, 2)) {
          if (rank === 1 && batch.position > whole) return;
          yield batch;
        }
      },
    }));
    expect(first.error?.message).toBe('internal: 1 of 2 ranks are at their end');
  });
});

test('stopping one rank stops all after a step', async () => {
  const controllers = [new AbortController(), new AbortController()];
  const found = await trained(
    2,
    (rank) => ({
      signal: controllers[rank].signal,
      onStep: ({ epoch, step }) => {
        if (rank === 1 && epoch === 2 && step === 2) controllers[1].abort('SIGTERM');
      },
    }),
    (rank) => ({ signal: controllers[rank].signal, stop: () => controllers[rank].abort('SIGTERM') }),
  );
  for (const { result, error } of found) {
    expect(error).toBeUndefined();
    expect(result?.stopped).toBe(true);
    expect([result?.progress.epoch, result?.progress.pass.steps]).toEqual([2, 2]);
  }
  expect(controllers[0].signal.aborted).toBe(true);
  expect(found[0].saved.at(-1)?.reason).toBe('stop');
});

test('rank 0 saves and stops alone if the other ranks do not answer', async () => {
  const controller = new AbortController();
  const ranks = ranksHere(2);
  const saved: SaveReason[] = [];
  const run = (rank: number, own: Partial<TrainOptions<FeatureBatch>>, crew: CrewOptions) =>
    train<FeatureBatch>({
      step: headOf(whole / 2, true),
      createSession,
      epochs: 3,
      stepsPerEpoch,
      freshStatistics: false,
      batches: (epoch, position) => featureBatches(epoch, position, rank, 2),
      crew: new Crew(ranks[rank], crew),
      ...own,
    });
  // Rank 1 hangs in its second step forever; then rank 0 is told to stop.
  void run(1, { onStep: ({ step }) => (step === 2 ? new Promise(() => {}) : undefined) }, {});
  const { signal } = controller;
  const onStep = ({ step }: { step: number }): void => {
    if (step === 2) setTimeout(() => controller.abort('SIGTERM'), 20);
  };
  const save = async (_: Checkpoint, reason: SaveReason) => saved.push(reason) > 0;
  const result = await run(0, { signal, onStep, save }, { signal, grace: 20 });
  expect(result).toMatchObject({ stopped: true, leftAlone: true });
  expect(result.progress.pass.steps).toBe(2);
  expect(saved).toEqual(['stop']);
});

test('a network with batch norm: ranks with equal pictures equal a process that sees them twice', async () => {
  const config = { type: 'half', classes: ['a', 'b'], imSize: 64, channels: 1 } as const;
  const model = { ...config, weights: initializeWeights(config, random(1)) };
  const [share, ranks, size] = [3, 2, 64];
  const rng = random(4);
  const bytes = Uint8Array.from({ length: share * size * size }, () => rng.integer(256));
  const batchOf = (copies: number): Batch => {
    const pictures = tensor('uint8', [copies * share, size, size, 1]);
    for (let i = 0; i < copies; i++) pictures.data.set(bytes, i * bytes.length);
    const labels = Int32Array.from({ length: copies * share }, (_, i) => (i % share) % 2);
    return { pictures, labels, paths: Array.from(labels, String), position: share * ranks };
  };
  const run = async (batchSize: number, crew?: Crew): Promise<EpochEnd> => {
    const ends: EpochEnd[] = [];
    const optimizer = sgd({ learningRate: 1e-3 });
    await train({
      step: halfStep(model, { batchSize, optimizer, twoGraphs: crew !== undefined }),
      createSession,
      epochs: 1,
      stepsPerEpoch: 1,
      schedule: constantRate(1e-3),
      freshStatistics: true,
      async *batches() {
        yield batchOf(batchSize / share);
      },
      onEpoch: (end) => void ends.push(end),
      crew,
    });
    return ends[0];
  };
  const alone = await run(ranks * share);
  const [first, second] = await Promise.all(ranksHere(ranks).map((one) => run(share, new Crew(one))));
  expect(first.weights).toEqual(second.weights);
  expect(first.history[0].loss).toBeCloseTo(alone.history[0].loss, 4);
  let [off, change] = [0, 0];
  for (const [name, { data }] of alone.weights) {
    // The moving variance is n / (n - 1) times the batch's; here n is that of the share.
    if (name.endsWith('/moving_variance')) continue;
    const [before, there] = [model.weights, first.weights].map((weights) => weights.get(name)?.data ?? []);
    for (const [i, value] of data.entries()) {
      off += (value - there[i]) ** 2;
      change += (value - before[i]) ** 2;
    }
  }
  expect(Math.sqrt(off / change)).toBeLessThan(1e-3);
});

test('with two graphs, the network has no slots and the optimiser no pictures', () => {
  const step = (twoGraphs: boolean): TrainingStep<FeatureBatch> & { inputs: unknown } =>
    headStep(
      { classes, weights: newHead(features, classes.length) },
      { batchSize: 2, optimizer: adadelta(), l2: 0.1, twoGraphs },
    );
  const names = (values: readonly { readonly name: string }[] = []): string[] =>
    values.map(({ name }) => name);
  expect(step(false).update).toBeUndefined();
  const { graph, update } = step(true) as TrainingStep<StepBatch>;
  expect(names(graph.inputs).sort()).toEqual(['features', 'label', 'parameters']);
  expect(names(graph.outputs).sort()).toEqual(['correct', 'gradient', 'loss']);
  expect(names(update?.inputs)).not.toContain('features');
  expect(names(update?.outputs)).toContain('penalty');
  expect(headNames.weights).toBe('head/weights');
});
