/** What a run is told: defaults, options that go together, and what a checkpoint leaves to change. */
import { describe, expect, test } from 'vitest';
import {
  misuse,
  optimizerOf,
  type RunOptions,
  rangesOf,
  renamed,
  scheduleOf,
  settle,
  settleResumed,
  withOneStart,
} from '../src/cli/training/run-options.ts';
import { defaultRanges } from '../src/data/batches/augment.ts';

describe('a new run', () => {
  test('has the defaults of the reference', () => {
    expect(settle('half', 'data', {})).toEqual({
      type: 'half',
      dataDir: 'data',
      epochs: 50,
      batchSize: 16,
      imSize: 224,
      channels: 3,
      optimizer: 'adadelta',
      learningRate: 1,
      schedule: 'plateau',
      labelSmoothing: 0,
      augment: true,
      rotate: 180,
      shift: 0.2,
      scale: 0.1,
      shear: 5,
      flip: true,
      brightness: 0,
      contrast: 0,
      saturation: 0,
      cropScale: 1,
      seed: 0,
      device: 'cpu',
      uncheckedGpu: false,
      checkpointMinutes: 10,
      strict: false,
    });
  });

  test('takes size and channels from a half model; given options take precedence', () => {
    const half = { imSize: 64, channels: 1 };
    expect(settle('full', 'data', {}, half)).toMatchObject({ imSize: 64, channels: 1 });
    expect(settle('full', 'data', { imSize: 96 }, half)).toMatchObject({ imSize: 96, channels: 1 });
    expect(settle('full', 'data', {}, half).labelSmoothing).toBeUndefined();
  });

  test.each([
    [{ optimizer: 'adadelta' }, { name: 'adadelta', learningRate: 1 }],
    [{ optimizer: 'sgd' }, { name: 'sgd', learningRate: 0.001, slots: ['velocity'] }],
    [
      { optimizer: 'sgd', momentum: 0 },
      { name: 'sgd', slots: [] },
    ],
    [
      { optimizer: 'adam', learningRate: 0.01 },
      { name: 'adam', learningRate: 0.01 },
    ],
    [{ optimizer: 'adamw' }, { name: 'adamw', learningRate: 0.001 }],
  ] as const)('%j', (given, optimizer) => {
    expect(optimizerOf(settle('half', 'data', given))).toMatchObject(optimizer);
  });

  test('each optimiser has its own options', () => {
    const { momentum, weightDecay } = settle('half', 'data', { optimizer: 'adamw', weightDecay: 0.5 });
    expect({ momentum, weightDecay }).toEqual({ momentum: undefined, weightDecay: 0.5 });
    expect(settle('half', 'data', { optimizer: 'sgd' })).toMatchObject({ momentum: 0.9 });
  });

  test('computes the rate of the first and the last step', () => {
    const rates = (given: Parameters<typeof settle>[2]): number[] => {
      const schedule = scheduleOf(settle('half', 'data', { ...given, epochs: 4, learningRate: 0.8 }));
      return [1, 3, 4].map((epoch) => schedule.rate({ epoch, step: 10, stepsPerEpoch: 10 }));
    };
    expect(rates({})).toEqual([0.8, 0.8, 0.8]);
    expect(rates({ schedule: 'constant' })).toEqual([0.8, 0.8, 0.8]);
    const [warm, middle, last] = rates({ schedule: 'cosine', warmupEpochs: 1 });
    expect(warm).toBe(0.8);
    expect(middle).toBeLessThan(0.4);
    expect(last).toBeLessThan(0.01);
  });

  test.each([
    [{ momentum: 0.9 }, '--momentum needs --optimizer sgd'],
    [{ momentum: 0.9, optimizer: 'adam' }, '--momentum needs --optimizer sgd'],
    [{ weightDecay: 0.1, optimizer: 'sgd' }, '--weight-decay needs --optimizer adamw'],
    [{ warmupEpochs: 1 }, '--warmup-epochs needs --schedule cosine'],
    [{ warmupEpochs: 51, schedule: 'cosine' }, '--warmup-epochs must be at most --epochs, 50, got 51'],
    [{ warmupEpochs: 3, epochs: 3, schedule: 'cosine' }, undefined],
    [{ momentum: 0.9, optimizer: 'sgd' }, undefined],
    [{ weightDecay: 0, optimizer: 'adamw' }, undefined],
    [{ rotate: 5, augment: false }, '--rotate and --no-augment contradict each other'],
    [{ flip: false, augment: false }, '--no-flip and --no-augment contradict each other'],
    [
      { flip: false, backbone: 'b' },
      '--no-flip cannot be used with --backbone, which reads each image once, unchanged',
    ],
    [{ saturation: 0.1, channels: 1 }, '--saturation needs --channels 3: grey images have no colours'],
    [
      { valDir: 'v', validationSplit: 0.1 },
      '--val-dir and --validation-split exclude each other: each chooses the validation images',
    ],
    [
      { valDir: 'v', holdOut: 0.1, backbone: 'b' },
      '--val-dir and --hold-out exclude each other: each chooses the validation images',
    ],
    [
      { patience: 3, earlyStopping: 3, backbone: 'b' },
      '--patience is another name for --early-stopping; give only one of them',
    ],
  ] as const)('%j', (given, message) => expect(misuse(given, given)).toBe(message));

  test('has no ranges without augmentation, otherwise the given ones', () => {
    expect(rangesOf(settle('half', 'data', { augment: false }))).toBeUndefined();
    expect(settle('half', 'data', { augment: false }).rotate).toBeUndefined();
    expect(rangesOf(settle('half', 'data', { rotate: 3, flip: false }))).toEqual({
      ...defaultRanges,
      rotate: 3,
      flip: false,
    });
  });

  test('accepts another name with the same meaning', () => {
    expect(renamed({ holdOut: 0.2, patience: 4, seed: 1 })).toEqual({
      validationSplit: 0.2,
      earlyStopping: 4,
      seed: 1,
    });
  });

  test("of two choices of validation images, the command line's counts", () => {
    expect(withOneStart({ valDir: 'v' }, { validationSplit: 0.1 }).validationSplit).toBeUndefined();
    expect(withOneStart({ validationSplit: 0.1 }, { valDir: 'v' }).valDir).toBeUndefined();
    expect(() => withOneStart({}, { valDir: 'v', validationSplit: 0.1 })).toThrow(
      'both val-dir and validation-split',
    );
  });

  test('ignores environment and project file values that do not apply', () => {
    const preset = { optimizer: 'sgd', momentum: 0.8, schedule: 'cosine', warmupEpochs: 3 } as const;
    const wrong = (given: Parameters<typeof misuse>[0]): string | undefined =>
      misuse(given, { ...preset, ...given });
    expect(wrong({})).toBeUndefined();
    expect(wrong({ momentum: 0.5 })).toBeUndefined();
    expect(wrong({ optimizer: 'adam', schedule: 'constant' })).toBeUndefined();
    expect(wrong({ optimizer: 'adam', momentum: 0.5 })).toBe('--momentum needs --optimizer sgd');
    expect(wrong({ epochs: 2 })).toBe('--warmup-epochs must be at most --epochs, 2, got 3');
    expect(settle('half', 'data', { ...preset, optimizer: 'adam' }).momentum).toBeUndefined();
  });
});

describe('a resumed run', () => {
  const stored = settle('half', 'data', { epochs: 3, strict: true, checkpointMinutes: 1 });

  test('keeps the options of the checkpoint, except those that may change', () => {
    const kept = { ...stored, strict: false };
    expect(settleResumed('c', stored, {})).toEqual(kept);
    expect(
      settleResumed('c', stored, {
        epochs: 9,
        device: 'cuda',
        dataDir: 'moved',
        batchSize: 16,
        numClasses: 3,
      }),
    ).toEqual({ ...kept, epochs: 9, device: 'cuda', dataDir: 'moved' });
    expect(settleResumed('c', stored, { strict: true, checkpointMinutes: 0 })).toEqual({
      ...stored,
      checkpointMinutes: 0,
    });
  });

  test('augmentation ranges are fixed; an early checkpoint has those of the reference', () => {
    const { rotate: _, flip: _f, ...early } = stored;
    for (const before of [stored, early]) {
      expect(settleResumed('c', before, { rotate: 180 })).toMatchObject({ rotate: 180, flip: true });
      expect(() => settleResumed('c', before, { rotate: 10, flip: false })).toThrow(
        'c: --rotate is 180 in the checkpoint, 10 on the command line; --no-flip is on the command line, not in the checkpoint.',
      );
    }
  });

  test('early stopping may change, the choice of validation images may not', () => {
    expect(settleResumed('c', stored, { earlyStopping: 4 }).earlyStopping).toBe(4);
    expect(() => settleResumed('c', stored, { validationSplit: 0.1 })).toThrow(
      '--validation-split is not set in the checkpoint, 0.1 on the command line',
    );
    expect(() => settleResumed('c', stored, { valDir: 'v' })).toThrow(
      '--val-dir is not set in the checkpoint, v on the command line',
    );
    expect(settleResumed('c', { ...stored, valDir: 'v' }, { valDir: 'moved' }).valDir).toBe('moved');
  });

  test('options are unchanged as JSON, as in a checkpoint', () => {
    const read: RunOptions = JSON.parse(JSON.stringify(stored));
    expect(settleResumed('c', read, { seed: 0 })).toEqual({ ...stored, strict: false });
    expect(() => settleResumed('c', read, { momentum: 0.5 })).toThrow(
      'c: --momentum is not set in the checkpoint, 0.5 on the command line. Leave these options out',
    );
  });

  test('the cosine schedule spans the epochs', () => {
    const waves = settle('half', 'data', { epochs: 3, schedule: 'cosine' });
    expect(settleResumed('c', waves, { epochs: 3 }).epochs).toBe(3);
    expect(() => settleResumed('c', waves, { epochs: 4 })).toThrow(
      'c: --epochs is 3 in the checkpoint, 4 on the command line; the cosine schedule depends on it.',
    );
  });
});
