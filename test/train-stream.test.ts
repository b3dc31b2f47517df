/** `hrm train` on tars, Parquet files and lists. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hrm, hrmOutput, newFolder } from './helpers/cli.ts';
import { writeHuggingFace } from './helpers/hugging-face.ts';
import { tarOf } from './helpers/tar.ts';
import { tinyClassifier } from './helpers/tiny-classifier.ts';
import { eventsOf, interruptedTraining, outcome, training } from './helpers/training.ts';

const cwd = newFolder();
const at = (path: string): string => join(cwd, path);
const words = (text: string): string[] => text.split(' ');
const small = words('--epochs 1 --batch-size 4 --im-size 32 --seed 5');
const half = (name: string, data: string, ...more: string[]): string[] => [
  ...words('train half --results-name'),
  name,
  '--data-dir',
  data,
  ...small,
  ...more,
];

interface Scene {
  readonly path: string;
  readonly label: string;
  readonly bytes: Uint8Array;
}

/** Of all classes in turn. */
function scenes(split: string): Scene[] {
  const classes = readdirSync(at(`data/${split}`)).sort();
  const all = classes.flatMap((label) =>
    readdirSync(at(`data/${split}/${label}`)).map((name) => ({
      path: `data/${split}/${label}/${name}`,
      label,
    })),
  );
  const number = ({ path }: { path: string }): number => Number(/(\d+)\.\w+$/.exec(path)?.[1]);
  return all
    .sort((a, b) => number(a) - number(b))
    .map((one) => ({ ...one, bytes: readFileSync(at(one.path)) }));
}

/** @param more files behind them */
async function writeTar(
  name: string,
  samples: readonly Scene[],
  more: Readonly<Record<string, Uint8Array | string>> = {},
): Promise<void> {
  const files = samples.flatMap(({ label, bytes }, i) => [
    [`k${i}.jpg`, bytes],
    [`k${i}.cls`, label],
  ]);
  writeFileSync(at(name), await tarOf({ ...Object.fromEntries(files), ...more }));
}

let train: readonly Scene[];
beforeAll(async () => {
  await hrmOutput(cwd, 'synth', '--out', 'data', ...words('--classes 3 --train 18 --test 6 --size 32'));
  train = scenes('train');
  await writeTar('train-0.tar', train.slice(0, 6));
  await writeTar('train-1.tar', train.slice(6, 12), { 'odd.jpg': 'no picture', 'odd.cls': 'disc' });
  await writeTar('train-2.tar', train.slice(12), { 'none.jpg': train[0].bytes });
  await writeTar('val.tar', scenes('test'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const tars = 'train-{0..2}.tar';

describe('a run on tars', () => {
  const run = (name: string): string[] => half(name, tars, ...words('--epochs 2 --shuffle-buffer 7'));
  let unbroken: ReturnType<typeof outcome>;

  test('holds out a share, shuffles each epoch, and names damaged pictures', async () => {
    const { code, events } = await training(cwd, run('whole'));
    expect(code).toBe(0);
    unbroken = outcome(cwd, 'whole');
    const [start] = eventsOf(events, 'start');
    const { images, heldOutImages } = start;
    expect(images + (heldOutImages as number)).toBe(19);
    expect(start).toMatchObject({ classes: 3, heldOutOf: tars, stepsPerEpoch: Math.floor(images / 4) });
    expect(eventsOf(events, 'skipped').map(({ file }) => file)).toEqual(
      expect.arrayContaining(['train-1.tar: odd', 'train-2.tar: none']),
    );
    expect(unbroken.unreadable).toHaveLength(2);
    expect(eventsOf(events, 'note').map(({ message }) => message)).toEqual([
      `${tars}: read once for its classes, before the training`,
    ]);
  });

  test('killed at each checkpoint and resumed, ends bit-identical to an uninterrupted run', async () => {
    const everyStep = words('--checkpoint-minutes 0');
    let ended = await interruptedTraining(cwd, [...run('killed'), ...everyStep], 'checkpoint', 'SIGKILL');
    let kills = 0;
    for (; ended.signal === 'SIGKILL' && kills < 3; kills++) {
      const resume = [...words('train half --results-name killed --resume'), ...everyStep];
      ended = await interruptedTraining(cwd, resume, 'checkpoint', 'SIGKILL');
    }
    expect(kills).toBeGreaterThan(1);
    await training(cwd, words('train half --results-name killed --resume'));
    expect(outcome(cwd, 'killed')).toEqual(unbroken);
  });

  test('rejects tars whose content has changed', async () => {
    const more = words('train half --results-name whole --resume --epochs 3 --data-dir train-{0..1}.tar');
    expect((await hrm(cwd, ...more)).stderr).toMatch(
      /\nerror: train-\{0\.\.1\}\.tar has changed since the checkpoint: train\/disc has \d+ images, had \d+; /,
    );
  });
});

test('trains on Parquet and a list, validated on another stream, with class weights', async () => {
  const classes = ['disc', 'square', 'triangle'];
  const rows = train.map(({ bytes, label, path }) => ({
    image: { bytes, path },
    label: classes.indexOf(label),
  }));
  writeHuggingFace(at('train.parquet'), classes, rows, 5);
  writeFileSync(at('train.tsv'), train.map(({ path, label }) => `${path}\t${label}\n`).join(''));
  for (const data of ['train.parquet', 'train.tsv']) {
    const { events, stderr } = await training(
      cwd,
      half(data, data, ...words('--val-dir val.tar --class-weights auto')),
    );
    expect(stderr).toBe('');
    expect(eventsOf(events, 'start')).toMatchObject([
      { images: 18, validationImages: 6, validationDir: 'val.tar', classes: 3 },
    ]);
    expect(eventsOf(events, 'note').at(-1)?.message).toBe('class weights: disc 1, square 1, triangle 1');
  }
});

test('trains a full model with soft labels, an expansion, and a head on a backbone', async () => {
  writeFileSync(at('other.onnx'), tinyClassifier());
  await training(cwd, half('h', tars));
  const full = (name: string, file: string, ...more: string[]): string[] => [
    ...words(`train full --results-name ${name} --data-dir`),
    tars,
    '--half-weight-dir',
    file,
    ...words('--epochs 1 --batch-size 4 --seed 1'),
    ...more,
  ];
  for (const [args, images] of [
    [full('f', 'results/h/best_weights.onnx'), 19],
    [full('t', 'other.onnx'), 20],
    [[...words('train half --results-name b --backbone other.onnx --epochs 2 --data-dir'), tars], undefined],
  ] as const) {
    const { code, events } = await training(cwd, args);
    expect(code, String(args)).toBe(0);
    if (images !== undefined) expect(eventsOf(events, 'start')[0].images).toBe(images);
  }
});

test.each([
  [
    '--val-dir data/test',
    2,
    'error: --data-dir and --val-dir must both be folders or both be streams; train-{0..2}.tar is a stream, data/test is a folder\n',
  ],
  [
    '--val-dir train-{0..2}.tar',
    1,
    /\nerror: --val-dir train-\{0\.\.2\}\.tar holds the training images; other images are needed\n$/,
  ],
  ['--num-classes 4', 1, /\nerror: --num-classes is 4, but train-\{0\.\.2\}\.tar has 3 classes\n$/],
  ['--data-dir none.tar', 1, /^error: none\.tar: no such file\n$/],
  [
    '--data-dir data --shuffle-buffer 5',
    2,
    'error: --shuffle-buffer needs tars, Parquet files or a list as --data-dir, got the folder data\n',
  ],
  ['--shuffle-buffer 0', 2, /^error: option '--shuffle-buffer <n>' argument '0' is invalid\./],
])('%s', async (more, code, stderr) => {
  const ended = await hrm(cwd, ...half('wrong', tars, ...words(more)));
  expect(ended.code).toBe(code);
  if (typeof stderr === 'string') expect(ended.stderr).toBe(stderr);
  else expect(ended.stderr).toMatch(stderr);
  expect(existsSync(at('results/wrong'))).toBe(false);
});

test('rejects a stream without readable pictures, or with one class', async () => {
  const odd = { 'x.jpg': 'no', 'x.cls': 'a', 'y.jpg': 'no', 'y.cls': 'b' };
  await writeTar('odd.tar', [], odd);
  expect((await hrm(cwd, ...half('odd', 'odd.tar', '--validation-split', '0'))).stderr).toMatch(
    /\nerror: odd\.tar: none of the 2 images can be read \(odd\.tar: x: not a JPEG, [^\n]*\n$/,
  );
  await writeTar(
    'one.tar',
    train.filter(({ label }) => label === 'disc'),
  );
  expect((await hrm(cwd, ...half('one', 'one.tar'))).stderr).toMatch(
    /\nerror: one\.tar: at least 2 classes are needed, got 1 \(disc\)\n$/,
  );
});
