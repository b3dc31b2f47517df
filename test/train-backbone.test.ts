/** `train half --backbone`: a linear head on the frozen body of an imported classifier. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backboneFile } from '../src/cli/models-along.ts';
import { initializeWeights, type ModelConfig } from '../src/models/model.ts';
import { encodeModel } from '../src/models/model-file.ts';
import { random } from '../src/tensor/random.ts';
import { best, hrm, hrmOutput, newFolder } from './helpers/cli.ts';
import { tinyClassifier } from './helpers/tiny-classifier.ts';
import {
  interruptedTraining,
  eventsOf as of,
  outcome,
  training,
  trainingProcess,
} from './helpers/training.ts';

const cwd = newFolder();
const at = (path: string): string => join(cwd, path);
const words = (text: string): string[] => text.split(' ');
const golden = new URL('golden/classifiers/', import.meta.url);
const data = words('--data-dir data --hold-out 0.25 --batch-size 8');
const start = (name: string, ...more: string[]): string[] => [
  ...words('train half --backbone backbone.onnx --results-name'),
  name,
  ...data,
  ...more,
];
const resume = (name: string, ...more: string[]): string[] => [
  ...words('train half --resume --results-name'),
  name,
  ...more,
];
const long = words('--epochs 40 --patience 40');
const ok = { code: 0, signal: null, stderr: '' };

let run: Awaited<ReturnType<typeof training>>;
beforeAll(async () => {
  await hrmOutput(cwd, 'synth', '--out', 'data', ...words('--classes 3 --train 60 --test 15 --size 64'));
  writeFileSync(at('data/train/disc/broken.jpg'), 'no picture');
  copyFileSync(new URL('mobilenetv2.onnx', golden), at('original.onnx'));
  await hrmOutput(cwd, ...words('import original.onnx --out backbone.onnx --preprocess imagenet'));
  run = await training(cwd, start('plain', ...long));
});
afterAll(() => rmSync(cwd, { recursive: true }));

describe('a run', () => {
  test('computes features once and holds out training images; test images are for the end', () => {
    expect(run).toMatchObject(ok);
    const names = run.events.map(({ event }) => event);
    expect(names.indexOf('features')).toBeLessThan(names.indexOf('epoch'));
    expect(of(run.events, 'start')).toMatchObject([
      { type: 'half', backbone: 'backbone.onnx', images: 46, heldOutImages: 15, classes: 3, imSize: 48 },
    ]);
    expect(of(run.events, 'start')[0].testImages).toBeUndefined();
    expect(of(run.events, 'skipped')).toMatchObject([{ file: 'data/train/disc/broken.jpg' }]);
    const epochs = of(run.events, 'epoch');
    expect(epochs).toHaveLength(40);
    expect(epochs[39].loss).toBeLessThan(0.9 * epochs[0].loss);
    const [done] = of(run.events, 'done');
    expect(done.testAccuracy).toBeGreaterThanOrEqual(0);
    const losses = epochs.map(({ valLoss = 0 }) => valLoss);
    expect(done.bestEpoch).toBe(1 + losses.indexOf(Math.min(...losses)));
    // An epoch is over sooner than its files are written.
    expect(of(run.events, 'checkpoint').length).toBeLessThan(20);
  });

  test('leaves the same files as any training run', () => {
    expect(outcome(cwd, 'plain')).toMatchObject({
      files: [
        ...['best_weights.onnx', 'checkpoint.ckpt', 'history.csv', 'history.json'],
        ...['last_weights.onnx', 'report.html', 'unreadable.txt'],
      ],
      logged: Array.from({ length: 40 }, (_, i) => i + 1),
    });
    const [summary] = /A linear head[^<]*/.exec(readFileSync(at('results/plain/report.html'), 'utf8')) ?? [];
    expect(summary).toMatch(
      /^A linear head on the frozen body of backbone.onnx was trained on 46 images of 3 classes and validated on 15 images: /,
    );
  });

  test('the model file can be evaluated, explained and described', async () => {
    const model = ['--weight-dir', best('plain')];
    await hrmOutput(cwd, 'evaluate', ...model, ...words('--data-dir data --json evaluation.json'));
    const { accuracy } = JSON.parse(readFileSync(at('evaluation.json'), 'utf8'));
    expect(accuracy).toBeCloseTo(of(run.events, 'done')[0].testAccuracy as number, 10);
    const picture = readdirSync(at('data/test/disc'))[0];
    await hrmOutput(cwd, 'explain', `data/test/disc/${picture}`, ...model, '--out', 'explained', '--npy');
    expect(readdirSync(at('explained')).some((name) => name.endsWith('.low_cam.npy'))).toBe(true);
    const summary = await hrmOutput(cwd, 'summary', best('plain'));
    expect(summary).toMatch(/^taught on the body of original.onnx: 3 classes, 48 x 48 x 3\n/);
    expect(summary).toContain('the low-resolution map is the exact CAM');
  });

  test('reports progress as text', async () => {
    const { code, stdout, stderr } = await hrm(cwd, ...start('words', ...words('--epochs 300')));
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^skipped [^\n]*\n$/) });
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(
      'train half on backbone.onnx: 46 images of 3 classes, validated on 15 more, held out of data/train; 48 x 48, batch 8, 300 epochs, device cpu',
    );
    expect(stdout).toMatch(/\nthey classify [\d.]+ % of the test images correctly\n/);
    // Stopped early, ten epochs after the best one, whose line is not the only one.
    const [, last] = /\nepoch +(\d+)\/300 [^\n]*\n[^e][^\n]*unreadable/.exec(stdout) ?? [];
    const [, bestEpoch] = /the best weights, of epoch (\d+)/.exec(stdout) ?? [];
    expect(Number(last)).toBe(Number(bestEpoch) + 10);
    expect(Number(last)).toBeLessThan(300);
  });

  test('imports an ONNX file that is not yet a model file, and reports assumptions', async () => {
    const given = ['train', 'half', '--backbone', 'original.onnx', '--results-name', 'original', ...data];
    const { events, code } = await training(cwd, [...given, ...words('--epochs 1')]);
    expect(code).toBe(0);
    const notes = of(events, 'note').map(({ message }) => message);
    expect(notes.join('\n')).toMatch(/^preprocessing: /m);
  });

  test('a backbone that sees the middle of pictures is trained and evaluated on it', async () => {
    await hrmOutput(cwd, ...words('import original.onnx --out middle.onnx --preprocess imagenet --fit crop'));
    const given = ['train', 'half', '--backbone', 'middle.onnx', '--results-name', 'middle', ...data];
    const { events } = await training(cwd, [...given, ...words('--epochs 5')]);
    await hrmOutput(
      cwd,
      'evaluate',
      '--weight-dir',
      best('middle'),
      ...words('--data-dir data --json m.json'),
    );
    const { accuracy } = JSON.parse(readFileSync(at('m.json'), 'utf8'));
    expect(accuracy).toBeCloseTo(of(events, 'done')[0].testAccuracy as number, 10);
  });

  test('a trained model can be a backbone', async () => {
    const given = ['train', 'half', '--backbone', best('plain'), '--results-name', 'again', ...data];
    expect(await training(cwd, [...given, ...words('--epochs 2')])).toMatchObject(ok);
  });

  test('trains without held-out images if there are too few, and says so', async () => {
    const given = words('train half --backbone backbone.onnx --data-dir data --results-name none --epochs 1');
    const stdout = await hrmOutput(cwd, ...given, '--hold-out', '0');
    expect(stdout).toMatch(/^train half on backbone.onnx: .* not validated \(no image is held out\)/);
  });
});

describe('a resumed run equals an uninterrupted one', () => {
  const same = (name: string): void => expect(outcome(cwd, name)).toEqual(outcome(cwd, 'plain'));

  test('Ctrl-C', async () => {
    const stopped = await interruptedTraining(cwd, start('stopped', ...long), 'epoch', 'SIGINT');
    expect(stopped).toMatchObject({ code: 130 });
    expect(of(stopped.events, 'interrupted')[0].checkpoint).toBe('results/stopped/checkpoint.ckpt');
    expect(await training(cwd, resume('stopped'))).toMatchObject(ok);
    same('stopped');
  });

  test('SIGKILL', async () => {
    const killed = await trainingProcess(cwd, start('killed', ...long), ({ event }, child) => {
      if (event === 'checkpoint') child.kill('SIGKILL');
    });
    expect(killed.signal).toBe('SIGKILL');
    renameSync(at('backbone.onnx'), at('moved.onnx'));
    const moved = await training(cwd, resume('killed', '--backbone', 'moved.onnx'));
    renameSync(at('moved.onnx'), at('backbone.onnx'));
    expect(moved).toMatchObject(ok);
    const { tensors, history } = outcome(cwd, 'plain');
    expect(outcome(cwd, 'killed')).toMatchObject({ tensors, history });
  });

  test('Ctrl-C while features are computed: there is nothing to resume', async () => {
    const { code, events } = await interruptedTraining(cwd, start('early', ...long), 'features', 'SIGINT');
    expect(code).toBe(130);
    expect(of(events, 'interrupted')[0].checkpoint).toBeUndefined();
    expect(existsSync(at('results/early/checkpoint.ckpt'))).toBe(false);
  });

  test('rejects another file in place of the backbone', async () => {
    const { code, stderr } = await hrm(
      cwd,
      ...resume('plain', '--backbone', 'original.onnx', '--epochs', '41'),
    );
    expect({ code, stderr: stderr.split('\n').at(-2) }).toEqual({
      code: 1,
      stderr:
        'error: original.onnx is not the classifier that the run began with: its content differs. Restore it to resume, or start over with --overwrite',
    });
  });

  test('a run that stopped early is finished', async () => {
    expect(await hrmOutput(cwd, ...resume('words'))).toContain('nothing to do');
  });
});

describe('errors in one line', () => {
  const config: ModelConfig = { type: 'half', classes: ['a', 'b'], imSize: 32, channels: 3 };
  beforeAll(() => {
    writeFileSync(at('own.onnx'), encodeModel({ ...config, weights: initializeWeights(config, random(0)) }));
    writeFileSync(at('fixed.onnx'), tinyClassifier());
    writeFileSync(at('text.onnx'), 'not a model');
    mkdirSync(at('one/train/only'), { recursive: true });
    copyFileSync(at(`data/train/disc/${readdirSync(at('data/train/disc'))[1]}`), at('one/train/only/a.jpg'));
    mkdirSync(at('empty/train/a'), { recursive: true });
    mkdirSync(at('empty/train/b'), { recursive: true });
    copyFileSync(at('one/train/only/a.jpg'), at('empty/train/a/a.jpg'));
  });

  test.each([
    ['--backbone nowhere.onnx', 1, /^nowhere.onnx: neither a file nor an included backbone \(imagenet\)$/],
    ['--backbone toString', 1, /^toString: neither a file nor an included backbone/],
    [
      '--backbone own.onnx',
      1,
      /^own.onnx: a half model of this project's own network cannot be a backbone; --half-weight-dir continues from a half model$/,
    ],
    ['--backbone text.onnx', 1, /^text.onnx: /],
    [
      '--backbone fixed.onnx --im-size 64',
      1,
      /^fixed.onnx: it takes only 32 x 32 pixels, got 64; export it with free sizes$/,
    ],
    [
      '--backbone backbone.onnx --channels 1',
      1,
      /^backbone.onnx: --channels must be 3 for this model, got 1$/,
    ],
    [
      '--backbone backbone.onnx --data-dir one',
      1,
      /^one\/train: at least 2 class folders are needed, got 1 \(only\)$/,
    ],
    ['--backbone backbone.onnx --data-dir empty', 1, /^empty\/train\/b: no images in this class folder/],
    [
      '--backbone backbone.onnx --half-weight-dir own.onnx',
      1,
      /^--backbone and --half-weight-dir exclude each other: each names the network to start from$/,
    ],
    [
      '--backbone backbone.onnx --no-augment',
      1,
      /^--no-augment cannot be used with --backbone, which reads each image once, unchanged$/,
    ],
    [
      '--backbone backbone.onnx --input-scale 1',
      1,
      /^--input-scale needs --half-weight-dir, not --backbone$/,
    ],
    ['--hold-out 0.2', 1, /^--hold-out needs --backbone$/],
    ['--l2 0.1', 1, /^--l2 needs --backbone$/],
    ['--patience 3', 1, /^--patience needs --backbone$/],
    ['--backbone backbone.onnx --hold-out 1', 1, /A number from 0 to below 1 is needed/],
  ])('%s', async (given, _, message) => {
    const more = given.includes('--data-dir') ? [] : ['--data-dir', 'data'];
    const { code, stderr, stdout } = await hrm(
      cwd,
      ...words('train half --results-name bad'),
      ...words(given),
      ...more,
    );
    const lines = stderr.split('\n').filter((line) => line !== '');
    expect(code).toBeGreaterThan(0);
    expect(stdout).toBe('');
    const errors = lines.filter((line) => line.startsWith('error: '));
    expect(errors).toHaveLength(1);
    expect(errors[0].slice('error: '.length)).toMatch(message);
    expect(existsSync(at('results/bad'))).toBe(false);
  });
});

test('prints the memory needed', async () => {
  const given = words('memory --backbone backbone.onnx --batch-size 64 --num-classes 3 --images 1000 --json');
  const { parts, total, largest } = JSON.parse(await hrmOutput(cwd, ...given));
  const names: string[] = parts.map(({ what }: { what: string }) => what);
  expect(names).toContain('features that are kept');
  expect(parts.every(({ bytes }: { bytes: number }) => bytes > 0)).toBe(true);
  expect(total).toBeLessThan(1e9);
  expect(largest).toBeUndefined();
  const { code, stderr } = await hrm(
    cwd,
    ...words('memory --backbone backbone.onnx --batch-size 4 --type full'),
  );
  expect([code, stderr]).toEqual([
    2,
    'error: --backbone cannot be used with --type full, --expansion or --channels\n',
  ]);
});

const photos = join(import.meta.dirname, '..', '..', 'shared', 'photo15');
const isThere = existsSync(photos) && existsSync(backboneFile('imagenet'));
test.skipIf(!isThere)(
  `photographs, ImageNet's backbone${isThere ? '' : ' (skipped: ../shared/photo15 or models/imagenet.onnx is absent)'}`,
  async () => {
    for (const split of ['train', 'test']) {
      for (const name of ['airplane', 'bicycle', 'motorbike']) {
        mkdirSync(at(`photos/${split}/${name}`), { recursive: true });
        for (const file of readdirSync(join(photos, split, name))
          .sort()
          .slice(0, 20)) {
          symlinkSync(join(photos, split, name, file), at(`photos/${split}/${name}/${file}`));
        }
      }
    }
    const given = words(
      'train half --backbone imagenet --data-dir photos --results-name photos --im-size 224',
    );
    const { events, code } = await training(cwd, given);
    expect(code).toBe(0);
    expect(of(events, 'done')[0].testAccuracy).toBeGreaterThan(0.9);
  },
);
