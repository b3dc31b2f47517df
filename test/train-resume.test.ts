/** A training that is killed or stopped, at whatever moment, and resumed ends as one that was not. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeModel } from '../src/models/model-file.ts';
import { random } from '../src/tensor/random.ts';
import { hrm, hrmOutput, newFolder, program, type Run } from './helpers/cli.ts';
import { type Ended, interruptedTraining, outcome, training, trainingProcess } from './helpers/training.ts';

const cwd = newFolder();
const words = (text: string): string[] => text.split(' ');
const options = words('--data-dir data --epochs 2 --batch-size 4 --im-size 32 --seed 5');
const trainHalf = (name: string): string[] => ['train', 'half', '--results-name', name];
const start = (name: string, ...more: string[]): string[] => [...trainHalf(name), ...options, ...more];
const resume = (name: string, ...more: string[]): string[] => [...trainHalf(name), '--resume', ...more];
const ok = { code: 0, signal: null, stderr: '' };
const at = (path: string): string => join(cwd, path);

/** A save before every step, so that each kill finds a checkpoint of its own. */
const everyStep = words('--checkpoint-minutes 0');

let unbroken: ReturnType<typeof outcome>;
beforeAll(async () => {
  await hrmOutput(cwd, 'synth', '--out', 'data', ...words('--classes 3 --train 14 --test 6 --size 32'));
  writeFileSync(at('data/train/disc/broken.jpg'), 'no picture');
  const { code, events } = await training(cwd, start('unbroken'));
  expect(code).toBe(0);
  const names = events.map(({ event }) => event);
  expect([names[0], names[names.length - 1]]).toEqual(['start', 'done']);
  expect(names.filter((name) => ['skipped', 'epoch', 'checkpoint'].includes(name))).toEqual([
    'skipped',
    ...['checkpoint', 'epoch', 'checkpoint'],
    ...['checkpoint', 'epoch', 'checkpoint'],
  ]);
  unbroken = outcome(cwd, 'unbroken');
});
afterAll(() => rmSync(cwd, { recursive: true }));

/** Ends as the unbroken run did, to the bit. */
function expectSame(name: string): void {
  expect(outcome(cwd, name)).toEqual(unbroken);
  expect(unbroken.logged).toEqual([1, 2]);
  expect(unbroken.files).toEqual([
    'best_weights.onnx',
    'checkpoint.ckpt',
    'history.csv',
    'history.json',
    'last_weights.onnx',
    'report.html',
    'unreadable.txt',
  ]);
}

describe('SIGKILL', () => {
  test('at random times, repeatedly', async () => {
    const rng = random(Date.now() % 2 ** 31);
    let kills = 0;
    // A run that was done before a second kill came says too little.
    for (let ended: Ended | undefined; ended?.code !== 0 || kills < 2; ) {
      if (ended === undefined || ended.code === 0) {
        kills = 0;
        ended = await killedAfter(start('random', '--overwrite', ...everyStep), 1, 0);
      } else {
        // Up to a step or so after a checkpoint was written; never before: each life gets on.
        const checkpoints = 1 + rng.integer(4);
        ended = await killedAfter(resume('random'), checkpoints, rng.uniform(0, 150));
      }
      if (ended.code === 0) continue;
      kills++;
      expect(ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    }
    expectSame('random');
  });

  test.each(['checkpoint.ckpt', 'last_weights.onnx'])('while saving %s', async (file) => {
    const name = `saving-${file}`;
    const preload = [
      '--import',
      pathToFileURL(join(import.meta.dirname, 'helpers/killed-while-writing.mjs')).href,
    ];
    const child = spawn(process.execPath, [...preload, program, ...start(name, ...everyStep)], {
      cwd,
      env: { ...process.env, HRM_KILLED_WHILE_WRITING: file },
      stdio: 'ignore',
    });
    expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
    const files = readdirSync(at(`results/${name}`));
    expect(files.filter((path) => path.startsWith(`.${file}`))).toHaveLength(1);
    expect(files).toContain('checkpoint.ckpt');
    expect(await training(cwd, resume(name))).toMatchObject(ok);
    expectSame(name);
  });

  test('before the first checkpoint: --resume starts the run if it has enough options', async () => {
    const ended = await interruptedTraining(cwd, start('early'), 'step', 'SIGKILL');
    expect(ended.signal).toBe('SIGKILL');
    expect(readdirSync(at('results/early'))).toEqual([]);
    // As where the kill comes while the first checkpoint is saved.
    writeFileSync(at('results/early/unreadable.txt'), 'half of ');
    expect(await hrm(cwd, ...resume('early'))).toMatchObject({
      code: 2,
      stderr:
        "error: results/early has no checkpoint to resume from; a new training needs '--data-dir <dir>'\n",
    });
    const { code, events } = await training(cwd, start('early', '--resume'));
    expect(code).toBe(0);
    expect(events[0]).toEqual({
      event: 'warning',
      message: 'results/early has no checkpoint: the training starts from the beginning',
    });
    expectSame('early');
  });

  test('while the report is written, after the last checkpoint', async () => {
    for (const folder of ['results', 'logs']) {
      cpSync(at(`${folder}/unbroken`), at(`${folder}/reporting`), { recursive: true });
    }
    const half = '.report.html.00000000-0000-0000-0000-000000000000.tmp';
    renameSync(at('results/reporting/report.html'), at(`results/reporting/${half}`));
    expect(await training(cwd, resume('reporting'))).toMatchObject(ok);
    expectSame('reporting');
  });

  /** Kills so many milliseconds after so many checkpoints were written. */
  async function killedAfter(args: string[], checkpoints: number, ms: number): Promise<Ended> {
    let seen = 0;
    return trainingProcess(cwd, args, ({ event }, child) => {
      if (event === 'checkpoint' && ++seen === checkpoints) setTimeout(ms).then(() => child.kill('SIGKILL'));
    });
  }
});

describe('SIGINT and SIGTERM', () => {
  /** Runs the command that a run prints for going on. */
  async function goOn(ended: Ended): Promise<void> {
    const last = ended.events[ended.events.length - 1];
    if (last.event !== 'interrupted') throw new Error(`the last event is ${JSON.stringify(last)}`);
    const [name, ...args] = words(last.resume ?? '');
    expect(name).toBe('hrm');
    expect(await training(cwd, args)).toMatchObject(ok);
  }

  test('Ctrl-C finishes the step, saves, and prints how to resume', async () => {
    const ended = await interruptedTraining(cwd, start('ctrl-c'), 'step', 'SIGINT');
    expect(ended).toMatchObject({ code: 130, signal: null, stderr: '' });
    const names = ended.events.map(({ event }) => event);
    expect(names).toEqual(expect.arrayContaining(['stopping', 'checkpoint']));
    expect(ended.events[ended.events.length - 1]).toMatchObject({
      event: 'interrupted',
      signal: 'SIGINT',
      checkpoint: 'results/ctrl-c/checkpoint.ckpt',
      resume: 'hrm train half --results-name ctrl-c --resume',
    });
    await goOn(ended);
    expectSame('ctrl-c');
  });

  test('SIGTERM in the validation', async () => {
    const ended = await interruptedTraining(cwd, start('term'), 'validating', 'SIGTERM');
    expect(ended).toMatchObject({ code: 143, signal: null, stderr: '' });
    expect(ended.events[ended.events.length - 1]).toMatchObject({ event: 'interrupted', signal: 'SIGTERM' });
    await goOn(ended);
    expectSame('term');
  });

  test('SIGHUP from a closed terminal', async () => {
    const ended = await interruptedTraining(cwd, start('hangup'), 'step', 'SIGHUP');
    expect(ended).toMatchObject({ code: 129, signal: null, stderr: '' });
    expect(ended.events[ended.events.length - 1]).toMatchObject({
      event: 'interrupted',
      signal: 'SIGHUP',
      checkpoint: 'results/hangup/checkpoint.ckpt',
    });
  });

  test('a second signal ends the process at once', async () => {
    const module = join(program, '../training/stop-signals.js');
    const script = `const { stopSignals } = await import(${JSON.stringify(module)});
      const { signal } = stopSignals((name) => console.log(name, signal.aborted, signal.reason));
      setInterval(() => {}, 1000);
      console.log('ready');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    let stdout = '';
    child.stdout.on('data', (text) => {
      stdout += text;
      child.kill('SIGINT');
    });
    const [code, signal] = await once(child, 'close');
    expect({ code, signal, stdout }).toEqual({
      code: null,
      signal: 'SIGINT',
      stdout: 'ready\nSIGINT true SIGINT\n',
    });
  });

  test('Ctrl-C if the reader of the output ends first, as tee does', async () => {
    const child = spawn(process.execPath, [program, ...start('tee', ...everyStep)], { cwd });
    const checkpoint = at('results/tee/checkpoint.ckpt');
    while (!existsSync(checkpoint) && child.exitCode === null) await setTimeout(20);
    child.stdout.destroy();
    child.stderr.destroy();
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(await training(cwd, resume('tee'))).toMatchObject(ok);
    expectSame('tee');
  });

  test('as text, without --json-lines', async () => {
    const ended = await interruptedInWords();
    expect(ended.code).toBe(130);
    expect(ended.stderr).toMatch(
      /(^|\n)SIGINT: stopping after the current step, once a checkpoint is saved; a second signal stops at once\n$/,
    );
    expect(ended.stdout).toMatch(
      /\ninterrupted after epoch \d(, step \d)?; the checkpoint: results\/words\/checkpoint.ckpt\nto resume: hrm train half --results-name words --resume\n$/,
    );
    const text = await hrmOutput(cwd, ...resume('words'));
    expect(text).toMatch(/^train half: 15 images .*\nresumed after epoch \d(, step \d)?\nepoch \d\/2 /);
    expect(text).toContain('\n1 unreadable image skipped; see results/words/unreadable.txt\n');
    expectSame('words');
  });

  /** By a shell, which sends the signal once a checkpoint is there. */
  async function interruptedInWords(): Promise<Run> {
    const command = [process.execPath, program, ...start('words', ...everyStep)].join(' ');
    const script = `${command} & while [ ! -e results/words/checkpoint.ckpt ]; do sleep 0.02; done; kill -INT $!; wait $!`;
    return new Promise((resolve) => {
      // Not sh: that one has its background processes ignore SIGINT.
      execFile('bash', ['-mc', script], { cwd }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  }
});

describe('contents of a checkpoint', () => {
  beforeAll(async () => {
    expect(await training(cwd, start('one-epoch', '--epochs', '1'))).toMatchObject({ code: 0 });
  });

  /** A run of one epoch under another name. @returns what resumes it */
  function copyOfOneEpoch(name: string, ...more: string[]): string[] {
    for (const folder of ['results', 'logs'])
      cpSync(at(`${folder}/one-epoch`), at(`${folder}/${name}`), { recursive: true });
    return resume(name, ...more);
  }

  test('a finished run: nothing to do, unless more epochs are requested', async () => {
    expect(await hrmOutput(cwd, ...resume('unbroken'))).toMatch(
      /^nothing to do: all 2 epochs are done \(a larger --epochs continues\); the best weights, of epoch \d: results\/unbroken\/best_weights.onnx\n$/,
    );
    expectSame('unbroken');
    expect(await training(cwd, copyOfOneEpoch('short', '--epochs', '2'))).toMatchObject(ok);
    const [long, whole] = [outcome(cwd, 'short'), unbroken];
    expect(long.tensors).toEqual(whole.tensors);
    expect(long.history).toEqual(whole.history);
    expect(long.last).toBe(whole.last);
  });

  // That the same seed gives the same files, the runs above say that begin anew.
  test('another seed gives other files', async () => {
    await training(cwd, start('other', '--seed', '6', '--epochs', '1'));
    const kernels = ['other', 'unbroken'].map((name) => {
      const file = new Uint8Array(readFileSync(at(`results/${name}/best_weights.onnx`)));
      return decodeModel(file, name).weights.get('initial_conv2D/kernel');
    });
    expect(kernels[0]?.data.length).toBe(48 * 27);
    expect(kernels[0]).not.toEqual(kernels[1]);
  });

  test.each([
    ['--batch-size 8', '--batch-size is 4 in the checkpoint, 8 on the command line'],
    ['--no-augment', '--no-augment is on the command line, not in the checkpoint'],
    [
      '--seed 6 --optimizer adam',
      '--optimizer is adadelta in the checkpoint, adam on the command line; --seed is 5 in the checkpoint, 6 on the command line',
    ],
    ['--momentum 0.5', '--momentum is not set in the checkpoint, 0.5 on the command line'],
    [
      '--half-weight-dir a.onnx',
      '--half-weight-dir is not set in the checkpoint, a.onnx on the command line',
    ],
  ])('resumed with %s', async (more, message) => {
    const ended = await hrm(cwd, ...resume('unbroken', '--epochs', '9', ...words(more)));
    expect(ended).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: results/unbroken/checkpoint.ckpt: ${message}. Leave these options out to resume, or start over with --overwrite\n`,
    });
  });

  test('accepts options of the same meaning, and options that may change', async () => {
    const same = words('--batch-size 4 --im-size 32 --seed 5 --num-classes 3 --device cpu --strict');
    expect(await hrmOutput(cwd, ...resume('unbroken', ...same))).toContain('nothing to do');
  });

  test('resumed as another kind of model', async () => {
    const { code, stderr } = await hrm(cwd, 'train', 'full', '--results-name', 'unbroken', '--resume');
    expect(code).toBe(1);
    expect(stderr).toBe(
      "error: results/unbroken/checkpoint.ckpt: this checkpoint is of 'train half', not of 'train full'\n",
    );
  });

  test('rejects a damaged checkpoint', async () => {
    cpSync(at('results/unbroken'), at('results/damaged'), { recursive: true });
    const path = at('results/damaged/checkpoint.ckpt');
    for (const [content, message] of [
      ['', 'not a checkpoint'],
      ['HRM-CKPT and what follows is cut off', 'a checkpoint of format'],
    ]) {
      writeFileSync(path, content);
      const { code, stderr } = await hrm(cwd, ...resume('damaged'));
      expect(code).toBe(1);
      expect(stderr).toContain(`error: results/damaged/checkpoint.ckpt: ${message}`);
    }
  });

  test('rejects changed images, accepts a moved folder', async () => {
    cpSync(at('data'), at('moving'), { recursive: true });
    const args = start('moved', '--data-dir', 'moving', ...words('--epochs 1'));
    expect(await training(cwd, args)).toMatchObject({ code: 0 });
    renameSync(at('moving'), at('moved'));
    const more = resume('moved', ...words('--epochs 2 --data-dir'), 'moved');
    const changed = async (what: string): Promise<void> => {
      const { code, stderr } = await hrm(cwd, ...more);
      expect(code).toBe(1);
      expect(stderr).toBe(
        `error: moved has changed since the checkpoint: ${what}. Restore it to resume, or start over with --overwrite\n`,
      );
    };
    // Of the same name and size, it holds something else.
    const path = at('moved/train/disc/disc-0001.jpg');
    const bytes = readFileSync(path);
    writeFileSync(
      path,
      bytes.map((byte, i) => (i === bytes.length - 3 ? byte ^ 1 : byte)),
    );
    await changed('train/disc/disc-0001.jpg has other content');
    rmSync(path);
    writeFileSync(at('moved/test/square/square-0001.jpg'), 'another');
    mkdirSync(at('moved/train/void'));
    writeFileSync(at('moved/train/void/a.jpg'), '');
    await changed(
      'test/square has images with other names or sizes; train/disc has 5 images, had 6; train/void is new',
    );
    rmSync(at('moved'), { recursive: true });
    cpSync(at('data'), at('moved'), { recursive: true });
    expect(await training(cwd, more)).toMatchObject(ok);
    expect(outcome(cwd, 'moved').tensors).toEqual(unbroken.tensors);
  });

  test('without its best weights, takes the next epoch as the best', async () => {
    const more = copyOfOneEpoch('no-best', '--epochs', '2');
    rmSync(at('results/no-best/best_weights.onnx'));
    const { events } = await training(cwd, more);
    expect(events.find(({ event }) => event === 'epoch')).toMatchObject({ epoch: 2, best: true });
    expect(events.map(({ event }) => event)).toContain('warning');
    expect(existsSync(at('results/no-best/best_weights.onnx'))).toBe(true);
  });
});

describe('an earlier run is not overwritten by accident', () => {
  const filesOf = (name: string) => readdirSync(at(`results/${name}`)).sort();

  test('keeps an unfinished run', async () => {
    await interruptedTraining(cwd, start('half-way', ...everyStep), 'checkpoint', 'SIGKILL');
    const files = filesOf('half-way');
    const ended = await hrm(cwd, ...start('half-way'));
    expect(ended).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^error: results\/half-way holds a run of 2 epochs that stopped after epoch \d(, step \d)?; continue it with --resume, or replace it with --overwrite\n$/,
      ),
    });
    expect(filesOf('half-way')).toEqual(files);
    expect(await training(cwd, start('half-way', '--overwrite'))).toMatchObject({ code: 0 });
    expectSame('half-way');
  });

  test('keeps a finished run', async () => {
    expect(await hrm(cwd, ...start('unbroken'))).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: results/unbroken holds a finished run of 2 epochs; choose another --results-name, continue it with --resume and more --epochs, or replace it with --overwrite\n',
    });
    expectSame('unbroken');
  });

  test('keeps weights without a checkpoint', async () => {
    mkdirSync(at('results/weights'), { recursive: true });
    writeFileSync(at('results/weights/best_weights.onnx'), 'mine');
    for (const more of [[], ['--resume']]) {
      const { code, stderr } = await hrm(cwd, ...start('weights', ...more));
      expect(code).toBe(1);
      expect(stderr).toBe(
        'error: results/weights holds best_weights.onnx of an earlier run, but no checkpoint; choose another --results-name, or replace them with --overwrite\n',
      );
    }
  });

  test('keeps it if --overwrite fails before the first step', async () => {
    const { code } = await hrm(cwd, ...start('unbroken', '--overwrite', '--data-dir', 'nowhere'));
    expect(code).toBe(1);
    expectSame('unbroken');
  });

  test('--resume and --overwrite together are wrong usage', async () => {
    const { code, stderr } = await hrm(cwd, ...resume('unbroken', '--overwrite'));
    expect(code).toBe(2);
    expect(stderr).toBe("error: option '--resume' cannot be used with option '--overwrite'\n");
  });
});

describe('a full model trained on soft labels', () => {
  const full = (name: string): string[] => ['train', 'full', '--results-name', name];
  const half = ['--half-weight-dir', 'results/half-of-full/best_weights.onnx'];
  const fullOptions = [...words('--data-dir data --epochs 2 --batch-size 4'), ...half];
  let whole: ReturnType<typeof outcome>;
  beforeAll(async () => {
    cpSync(at('results/unbroken'), at('results/half-of-full'), { recursive: true });
    const { code, events } = await training(cwd, [...full('full-whole'), ...fullOptions]);
    expect(code).toBe(0);
    const names = events.map(({ event }) => event);
    // One image of the 15 cannot be read, which is found while the soft labels are made.
    expect(names.slice(0, 3)).toEqual(['start', 'teaching', 'skipped']);
    whole = outcome(cwd, 'full-whole');
    expect(whole.unreadable).toHaveLength(1);
  });

  test('Ctrl-C while soft labels are made: there is no checkpoint, and --resume starts', async () => {
    const ended = await interruptedTraining(cwd, [...full('taught'), ...fullOptions], 'teaching', 'SIGINT');
    expect(ended).toMatchObject({ code: 130, signal: null, stderr: '' });
    const last = ended.events[ended.events.length - 1];
    expect(last).toEqual({ event: 'interrupted', signal: 'SIGINT', epoch: 1, step: 0 });
    expect(readdirSync(at('results/taught'))).toEqual([]);
    expect(await training(cwd, [...full('taught'), ...fullOptions, '--resume'])).toMatchObject(ok);
    expect(outcome(cwd, 'taught')).toEqual(whole);
  });

  test('resumes after a kill without its half model', async () => {
    const args = [...full('full'), ...fullOptions, ...everyStep];
    await interruptedTraining(cwd, args, 'checkpoint', 'SIGKILL');
    renameSync(at('results/half-of-full'), at('results/half-gone'));
    try {
      expect(await training(cwd, [...full('full'), '--resume'])).toMatchObject(ok);
    } finally {
      renameSync(at('results/half-gone'), at('results/half-of-full'));
    }
    expect(outcome(cwd, 'full')).toEqual(whole);
    const conflict = await hrm(cwd, ...full('full'), ...words('--resume --expansion reconstruction'));
    expect(conflict.stderr).toContain(
      '--expansion is tied-image in the checkpoint, reconstruction on the command line',
    );
  });
});
