import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import type { Batch } from '../data/batches/batches.ts';
import { initializeWeights } from '../models/model.ts';
import { createSession } from '../runtime/node.ts';
import type { CreateSession, Session } from '../runtime/session.ts';
import { random } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint-file.ts';
import { type Checkpoint, type EpochEnd, type SaveReason, type TrainOptions, train } from './loop.ts';
import { adadelta, adam } from './optimizers.ts';
import type { Progress } from './progress.ts';
import { cosine, reduceOnPlateau } from './schedule.ts';
import { fullStep, halfStep } from './step.ts';

const config = { type: 'half', classes: ['a', 'b'], imSize: 32, channels: 1 } as const;
const model = { ...config, weights: initializeWeights(config, random(1)) };
const step = halfStep(model, { batchSize: 2, optimizer: adadelta() });

async function* passOf(labels: readonly number[], steps = 2, from = 0): AsyncGenerator<Batch> {
  const rng = random(9);
  for (let i = 0; i < steps; i++) {
    const bytes = Uint8Array.from({ length: labels.length * 32 * 32 }, () => rng.integer(256));
    const pictures = tensor('uint8', [labels.length, 32, 32, 1], bytes);
    const position = (i + 1) * labels.length;
    const paths = labels.map((_, k) => `${k}.jpg`);
    if (position > from) yield { pictures, labels: Int32Array.from(labels), paths, position };
  }
}

/** A session that returns the given losses and does not change the state; it records its inputs. */
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
  stepsPerEpoch: 2,
  freshStatistics: true,
  batches: (_, position) => passOf([0, 1], 2, position),
};

test('reports figures, the best epoch and the momentum of new statistics', async () => {
  const { create, momenta, released } = fakeSession([4, 2, 1, 1]);
  const best: boolean[] = [];
  const accuracies = [0.75, 0.5];
  const { progress, stopped } = await train({
    ...base,
    createSession: create,
    validate: async () => ({ loss: 1, accuracy: accuracies.shift() ?? 0 }),
    onEpoch: (end) => void best.push(end.best),
  });
  const { history } = progress;
  expect(history.map(({ loss, accuracy, valAccuracy }) => [loss, accuracy, valAccuracy])).toEqual([
    [3, 0.5, 0.75],
    [1, 0.5, 0.5],
  ]);
  for (const { imagesPerSecond, seconds, dataWait } of history) {
    expect(imagesPerSecond * seconds).toBeCloseTo(4, 6);
    expect(dataWait).toBeGreaterThanOrEqual(0);
    expect(dataWait).toBeLessThanOrEqual(1);
  }
  expect(best).toEqual([true, false]);
  expect(progress.best).toEqual({ epoch: 1, score: 0.75 });
  expect(stopped).toBe(false);
  expect(momenta.map((value) => value.toFixed(3))).toEqual(['0.000', '0.500', '0.667', '0.750']);
  expect(released()).toBe(1);
});

test('a wrong batch or no batch is an error, and the session is released', async () => {
  const attempt = async (change: Partial<TrainOptions>): Promise<void> => {
    const { create, released } = fakeSession([]);
    try {
      await train({ ...base, createSession: create, ...change });
    } finally {
      expect(released()).toBe(1);
    }
  };
  await expect(attempt({ batches: () => passOf([0, 1], 0) })).rejects.toThrow('epoch 1 has no batch');
  await expect(attempt({ batches: () => passOf([0]) })).rejects.toThrow(
    'batches of 2 images are needed, got one of 1',
  );
  await expect(attempt({ batches: () => passOf([0, 2]) })).rejects.toThrow('labels are 0 to 1, 1.jpg has 2');
});

/** Keeps checkpoints as a file would, with the reasons for saving. */
function keeper(): { saved: { reason: SaveReason; checkpoint: Checkpoint }[]; save: TrainOptions['save'] } {
  const saved: { reason: SaveReason; checkpoint: Checkpoint }[] = [];
  const save: TrainOptions['save'] = async ({ progress, tensors }, reason) => {
    const read = decodeCheckpoint<Progress>(encodeCheckpoint({ content: progress, tensors }), 'kept');
    saved.push({ reason, checkpoint: { progress: read.content, tensors: read.tensors } });
    return true;
  };
  return { saved, save };
}

describe('values that are not finite end the training', () => {
  test.each([
    [[1, 1, 1, Number.NaN], 'training: the loss is NaN at epoch 2, step 2; try a lower learning rate'],
    [[1, Number.POSITIVE_INFINITY], 'training: the loss is Infinity at epoch 1, step 2;'],
  ])('stops at losses %j', async (losses, message) => {
    const { saved, save } = keeper();
    const { create } = fakeSession([...losses]);
    await expect(train({ ...base, createSession: create, save })).rejects.toThrow(message);
    // The state of the epoch before, if there was one, without the steps since.
    expect(saved.map(({ reason }) => reason)).toEqual(losses.length > 2 ? ['pass', 'epoch'] : []);
  });

  test('stops at a weight, though every loss is finite', async () => {
    const { saved, save } = keeper();
    const { create } = fakeSession([]);
    const spoilt: CreateSession = async (...args) => {
      const session = await create(...args);
      let steps = 0;
      return {
        ...session,
        run: async (feeds) => {
          const result = await session.run(feeds);
          if (++steps < 4) return result;
          const state = step.state.unpack(step.state.next(result));
          const bias = tensor('float32', [2], [0, Number.NaN]);
          const spoiled = step.state.pack(new Map([...state, ['aux_output/bias', bias]]));
          return { ...result, 'parameters/next': spoiled.parameters };
        },
      };
    };
    const ends: EpochEnd[] = [];
    await expect(
      train({ ...base, createSession: spoilt, save, onEpoch: (end) => void ends.push(end) }),
    ).rejects.toThrow("training: 'aux_output/bias' is not finite after epoch 2, step 2;");
    expect(ends.length).toBe(1);
    expect(saved.map(({ reason }) => reason)).toEqual(['pass', 'epoch']);
  });

  test('stops at the validation loss', async () => {
    const { create } = fakeSession([1, 1]);
    const validate = async () => ({ loss: Number.NaN, accuracy: 0 });
    await expect(train({ ...base, createSession: create, validate })).rejects.toThrow(
      'training: the validation loss is NaN after epoch 1;',
    );
  });
});

describe('checkpoints', () => {
  /** Without the times, which differ. */
  const course = ({ history, ...rest }: Progress) => ({
    ...rest,
    history: history.map(({ seconds: _, imagesPerSecond: _i, dataWait: _w, ...record }) => record),
  });
  const epochs = 3;
  const steps = 2;
  const kinds: Record<string, () => Partial<TrainOptions>> = {
    'Adadelta, plateau': () => ({ schedule: reduceOnPlateau(1, { patience: 1 }) }),
    'Adam, cosine': () => ({
      step: halfStep(model, { batchSize: 2, optimizer: adam() }),
      schedule: cosine(0.01, { epochs, warmupEpochs: 0.5 }),
    }),
    'full model': () => ({ step: fullStep(full, { batchSize: 2, optimizer: adadelta() }) }),
  };
  const fullConfig = { ...config, type: 'full' as const };
  const full = { ...fullConfig, weights: initializeWeights(fullConfig, random(2)) };
  /** Opens each step's session once: what it computes depends on what it is given alone. */
  const opened = new Map<string, Promise<Session>>();
  const openOnce: CreateSession = async (model, options) => {
    const key = createHash('sha1').update(model).digest('hex');
    const opening = opened.get(key) ?? createSession(model, options);
    opened.set(key, opening);
    const session = await opening;
    const { inputNames, outputNames, outputTypes } = session;
    const run: Session['run'] = (feeds, outputs) => session.run(feeds, outputs);
    return { inputNames, outputNames, outputTypes, run, release: async () => {} };
  };
  afterAll(async () => {
    for (const session of opened.values()) await (await session).release();
  });
  const realOptions = (kind: string): TrainOptions => ({
    ...base,
    createSession: openOnce,
    epochs,
    stepsPerEpoch: steps,
    batches: (epoch, position) => passOf(epoch === 2 ? [1, 0] : [0, 1], steps, position),
    // Any function of the weights will do, as long as it is always the same.
    validate: async (weights) => ({
      loss: 1,
      accuracy: Math.abs(weights.get('conv_to_low_conv2D/kernel')?.data[0] ?? 0) % 1,
    }),
    ...kinds[kind](),
  });

  // Saved in this order in each epoch: before the second step, after the pass, after validation.
  test.each([
    ['Adadelta, plateau', [3, 4, 5]],
    ['Adam, cosine', [3]],
    ['full model', [3]],
  ])('%s: resuming after the second epoch gives the same result bit for bit', async (kind, which) => {
    const whole = keeper();
    const { progress } = await train({ ...realOptions(kind), save: whole.save, saveEvery: 0 });
    expect(whole.saved.map(({ reason }) => reason)).toEqual([
      'interval',
      'pass',
      'epoch',
      'interval',
      'pass',
      'epoch',
      'interval',
      'pass',
      'end',
    ]);
    const last = whole.saved[whole.saved.length - 1].checkpoint;
    expect(course(last.progress)).toEqual(course(progress));
    for (const { checkpoint } of which.map((i) => whole.saved[i])) {
      const again = keeper();
      const result = await train({ ...realOptions(kind), from: checkpoint, save: again.save });
      expect(course(result.progress)).toEqual(course(progress));
      const end = again.saved[again.saved.length - 1];
      expect(end.reason).toBe('end');
      expect(differing(end.checkpoint.tensors, last.tensors)).toEqual([]);
    }
    expect(differing(last.tensors, realOptions(kind).step.initialState).length).toBeGreaterThan(100);
  });

  test('continues from the end for more epochs', async () => {
    const [short, long, whole] = [keeper(), keeper(), keeper()];
    const options = () => ({ ...realOptions('Adadelta, plateau'), epochs: 2 });
    await train({ ...options(), epochs: 1, save: short.save });
    const [{ checkpoint: from }] = short.saved.slice(-1);
    await train({ ...options(), from, save: long.save });
    await train({ ...options(), save: whole.save });
    const [a, b] = [long, whole].map(({ saved }) => saved[saved.length - 1].checkpoint);
    expect(course(a.progress)).toEqual(course(b.progress));
    expect(differing(a.tensors, b.tensors)).toEqual([]);
  });

  test('rejects a checkpoint of another network, naming the weight', async () => {
    const { saved, save } = keeper();
    await train({ ...base, createSession: fakeSession([]).create, save });
    const other = halfStep(
      { ...model, ...config, classes: ['a', 'b', 'c'], weights: threeClasses },
      { batchSize: 2, optimizer: adadelta() },
    );
    const from = saved[0].checkpoint;
    await expect(
      train({ ...base, step: other, from, createSession: fakeSession([]).create }),
    ).rejects.toThrow(/^checkpoint: 'aux_output\/kernel' should be \[16,3\], it has \[16,2\]/);
  });
  const threeClasses = initializeWeights({ ...config, classes: ['a', 'b', 'c'] }, random(1));
});

describe('abort signal', () => {
  const stopAt = (at: 'step' | 'validation') => {
    const controller = new AbortController();
    const { saved, save } = keeper();
    let steps = 0;
    const options: TrainOptions = {
      ...base,
      createSession: fakeSession([]).create,
      save,
      signal: controller.signal,
      onStep: () => {
        if (at === 'step' && ++steps === 3) controller.abort('enough');
      },
      validate: async (_, epoch) => {
        if (at === 'validation' && epoch === 2) controller.abort('enough');
        controller.signal.throwIfAborted();
        return { loss: 1, accuracy: 0 };
      },
    };
    return { options, saved };
  };

  test('in a step: finishes and saves that step', async () => {
    const { options, saved } = stopAt('step');
    const { progress, stopped } = await train(options);
    expect(stopped).toBe(true);
    expect(progress).toMatchObject({ epoch: 2, passDone: false, pass: { steps: 1, position: 2 } });
    const { reason, checkpoint } = saved[saved.length - 1];
    expect(reason).toBe('stop');
    expect(checkpoint.progress).toEqual(JSON.parse(JSON.stringify(progress)));
  });

  test('in the validation: saves the pass, repeats the validation on resuming', async () => {
    const { options, saved } = stopAt('validation');
    const { progress, stopped } = await train(options);
    expect(stopped).toBe(true);
    expect(progress).toMatchObject({ epoch: 2, passDone: true, pass: { steps: 2 } });
    expect(saved.map(({ reason }) => reason)).toEqual(['pass', 'epoch', 'pass']);
  });

  test('before the first step: saves nothing', async () => {
    const { saved, save } = keeper();
    const signal = AbortSignal.abort('enough');
    const result = await train({ ...base, createSession: fakeSession([]).create, save, signal });
    expect(result.stopped).toBe(true);
    expect(saved).toEqual([]);
  });
});

describe('a failed save', () => {
  const run = async (fails: (reason: SaveReason) => boolean, change: Partial<TrainOptions> = {}) => {
    const tried: SaveReason[] = [];
    const save: TrainOptions['save'] = async (_, reason) => {
      tried.push(reason);
      return !fails(reason);
    };
    const { create } = fakeSession([]);
    await train({ ...base, createSession: create, save, ...change }).catch((error) => tried.push(error));
    return tried;
  };

  test('does not end the training: the next save is tried when due', async () => {
    const firstEpoch = ['interval', 'pass', 'epoch'];
    expect(await run(() => false, { saveEvery: 0 })).toEqual([...firstEpoch, 'interval', 'pass', 'end']);
    // Nothing is kept of the first epoch: a save is due again before the first step of the second.
    expect(await run(() => true, { saveEvery: 0 })).toEqual([
      ...firstEpoch,
      'interval',
      'interval',
      'pass',
      'end',
    ]);
  });

  test('saves nothing twice; when stopped, tries once more to save what is not saved', async () => {
    const stopped = async (passFails: boolean) => {
      const controller = new AbortController();
      const validate = async () => {
        controller.abort('enough');
        return controller.signal.throwIfAborted() as never;
      };
      return run((reason) => passFails && reason === 'pass', { validate, signal: controller.signal });
    };
    expect(await stopped(false)).toEqual(['pass']);
    expect(await stopped(true)).toEqual(['pass', 'stop']);
  });

  test('saves the steps so far if images cannot be loaded', async () => {
    async function* broken(): AsyncGenerator<Batch> {
      yield* passOf([0, 1], 1);
      throw new Error('the disk is gone');
    }
    const tried = await run(() => false, { batches: broken });
    expect(tried).toEqual(['failure', new Error('the disk is gone')]);
  });
});

test('real steps lower the loss; the frozen half of a full model does not change by one bit', async () => {
  const batches = () => passOf([0, 1], 4);
  const { progress } = await train({ ...base, batches, stepsPerEpoch: 4, createSession, epochs: 3 });
  expect(progress.history[2].loss).toBeLessThan(progress.history[0].loss);

  const full = { ...config, type: 'full' as const };
  const start = { ...full, weights: initializeWeights(full, random(2)) };
  let changed: string[] = [];
  await train({
    ...base,
    batches,
    stepsPerEpoch: 4,
    createSession,
    step: fullStep(start, { batchSize: 2, optimizer: adadelta() }),
    onEpoch: ({ weights }) => {
      changed = differing(weights, start.weights);
    },
  });
  const halfNames = [...model.weights.keys()];
  expect(changed.filter((name) => halfNames.includes(name))).toEqual([]);
  expect(changed.length).toBe(start.weights.size - halfNames.length);
});

/** Names of the tensors that are not equal in both, bit by bit. */
function differing(a: Checkpoint['tensors'], b: Checkpoint['tensors']): string[] {
  const bits = (name: string, of: Checkpoint['tensors']): string =>
    Buffer.from(Float32Array.from(of.get(name)?.data ?? []).buffer).toString('latin1');
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => bits(name, a) !== bits(name, b));
}
