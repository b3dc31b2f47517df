/** What training does when it cannot save, and when it must not. */
import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
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
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventLog } from '../src/cli/training/event-log.ts';
import type { TrainEvent } from '../src/cli/training/events.ts';
import { encodeEpoch } from '../src/cli/training/log-records.ts';
import { RunFolder } from '../src/cli/training/run-folder.ts';
import { hrm, hrmOutput, newFolder, program } from './helpers/cli.ts';
import { interruptedTraining, loggedEpochs, outcome, training, trainingProcess } from './helpers/training.ts';

const cwd = newFolder();
const words = (text: string): string[] => text.split(' ');
const at = (path: string): string => join(cwd, path);
const options = words('--data-dir data --epochs 2 --batch-size 4 --im-size 32');
const start = (name: string, ...more: string[]): string[] => [
  ...words('train half --results-name'),
  name,
  ...options,
  ...more,
];
const resume = (name: string): string[] => [...words('train half --resume --results-name'), name];
const ok = { code: 0, signal: null, stderr: '' };
const messages = (events: readonly TrainEvent[], kind: 'warning' | 'error'): string[] =>
  events.flatMap((event) => (event.event === kind && 'message' in event ? [event.message] : []));

let unbroken: ReturnType<typeof outcome>;
beforeAll(async () => {
  await hrmOutput(cwd, 'synth', '--out', 'data', ...words('--classes 3 --train 12 --test 6 --size 32'));
  expect(await training(cwd, start('unbroken'))).toMatchObject(ok);
  unbroken = outcome(cwd, 'unbroken');
});
afterAll(() => rmSync(cwd, { recursive: true }));

describe('a full disk', () => {
  /** The command where no file can grow beyond so many KiB: to a writer as if the disk was full. */
  function limited(kib: number, args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const command = `ulimit -f ${kib}; exec "$0" "$@"`;
    return new Promise((resolve) => {
      execFile(
        'bash',
        ['-c', command, process.execPath, program, ...args],
        { cwd },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  }

  test('from the middle on: keeps the last good checkpoint, names it, and can resume from it', async () => {
    // Stopped in the first epoch, then resumed where no checkpoint (12 MiB) fits.
    const stopped = await interruptedTraining(cwd, start('full-disk'), 'step', 'SIGINT');
    expect(stopped.code).toBe(130);
    const before = readFileSync(at('results/full-disk/checkpoint.ckpt'));
    const { code, stdout, stderr } = await limited(5000, resume('full-disk'));
    expect(code).toBe(1);
    expect(stdout).toContain('\nepoch 2/2 '); // it went on, for what that is worth
    const place = /the last good checkpoint was saved after epoch \d, step \d/;
    const [note, ...lines] = stderr.trim().split('\n');
    expect(note).toMatch(/^the best weights are chosen on /);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines.slice(0, -1)) {
      expect(line).toMatch(/^warning: cannot write results\/full-disk\/checkpoint.ckpt: /);
      expect(line).toMatch(place);
    }
    expect(lines[lines.length - 1]).toMatch(/^error: cannot write results\/full-disk\/checkpoint.ckpt: /);
    expect(lines[lines.length - 1]).toMatch(place);
    expect(readFileSync(at('results/full-disk/checkpoint.ckpt')).equals(before)).toBe(true);
    expect(readdirSync(at('results/full-disk')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await training(cwd, resume('full-disk'))).toMatchObject(ok);
    expect(outcome(cwd, 'full-disk')).toEqual(unbroken);
  });

  test('a real full disk', async (context) => {
    const disk = at('results/tmpfs');
    mkdirSync(disk, { recursive: true });
    const mount = (size: string): void =>
      void execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk], { stdio: 'ignore' });
    try {
      mount('14m');
    } catch {
      context.skip('a file system can be mounted by root alone');
    }
    try {
      // Room for a checkpoint of 12 MiB, not for another beside it.
      const { code, events } = await training(cwd, start('tmpfs/a'));
      expect(code).toBe(1);
      expect(messages(events, 'warning')[0]).toMatch(
        /^cannot write results\/tmpfs\/a\/\w+\.(onnx|ckpt): no space left; the last good checkpoint was saved after epoch 1, step 3$/,
      );
      expect(messages(events, 'error')).toEqual([expect.stringContaining('no space left')]);
      cpSync(disk, at('results/larger'), { recursive: true });
    } finally {
      execFileSync('umount', [disk]);
    }
    expect(await training(cwd, resume('larger/a'))).toMatchObject({ code: 0 });
    expect(outcome(cwd, 'larger/a')).toMatchObject({ tensors: unbroken.tensors, best: unbroken.best });
  });
});

test('an unwritable folder and Ctrl-C: reports an error and promises no checkpoint', async () => {
  const folder = at('results/gone');
  let done = false;
  const ended = await trainingProcess(
    cwd,
    start('gone', ...words('--checkpoint-minutes 0')),
    ({ event }, child) => {
      if (event !== 'checkpoint' || done) return;
      done = true;
      renameSync(folder, at('results/elsewhere'));
      writeFileSync(folder, 'a file in its place');
      child.kill('SIGINT');
    },
  );
  expect(ended.code).toBe(1);
  const [error] = messages(ended.events, 'error');
  expect(error).toMatch(
    /^cannot write results\/gone\/\w+\.\w+: its folder is a file; the last good checkpoint was saved after epoch 1, step \d$/,
  );
  expect(ended.stderr).toBe(`error: ${error}\n`);
  expect(ended.events.map(({ event }) => event)).not.toContain('interrupted');
  rmSync(folder);
  renameSync(at('results/elsewhere'), folder);
  expect(await training(cwd, resume('gone'))).toMatchObject(ok);
  expect(outcome(cwd, 'gone')).toMatchObject({ tensors: unbroken.tensors, logged: [1, 2] });
});

test('two trainings with one name: the second is refused, the first ends undisturbed', async () => {
  let second: ReturnType<typeof hrm> | undefined;
  const first = await trainingProcess(cwd, start('twice'), ({ event }) => {
    if (event === 'step') second ??= hrm(cwd, ...start('twice', '--overwrite'));
  });
  expect(await second).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^error: results\/twice is being trained by process \d+ on \S+, since [^;]+; wait until it ends, or choose another --results-name\n$/,
    ),
  });
  expect(first).toMatchObject(ok);
  expect(outcome(cwd, 'twice')).toEqual(unbroken);
  expect(readdirSync(at('results')).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('takes over the name of a killed run and says so', async () => {
  const { signal } = await interruptedTraining(cwd, start('left'), 'step', 'SIGKILL');
  expect(signal).toBe('SIGKILL');
  const { events, code } = await training(cwd, start('left'));
  expect(code).toBe(0);
  const notes = events.flatMap((event) => (event.event === 'note' ? [event.message] : []));
  expect(notes[0]).toMatch(
    /^results\/left was locked by process \d+ on \S+, since [^:]+:\d\d:\d\d, which has died: this training takes over$/,
  );
  expect(outcome(cwd, 'left')).toEqual(unbroken);
});

test('a loss that is not finite: names epoch and step, keeps what was saved before', async () => {
  const more = words('--optimizer sgd --learning-rate 100 --schedule constant');
  const { code, events, stderr } = await training(cwd, start('diverged', ...more));
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^error: training: (the loss is (NaN|-?Infinity) at epoch \d, step \d|the validation loss is \w+ after epoch \d|'\S+' is not finite after epoch \d, step \d); try a lower learning rate(; the last good checkpoint was saved after epoch \d(, step \d)?)?\n$/,
  );
  expect(messages(events, 'error')).toEqual([stderr.slice('error: '.length, -1)]);
  // What there is, if anything, can be read and is finite.
  if (existsSync(at('results/diverged/checkpoint.ckpt'))) {
    const again = await hrm(cwd, ...resume('diverged'));
    expect(again.stderr).toMatch(/not finite|the loss is|validation loss/);
  }
});

test('reports before training that no test image can be read', async () => {
  cpSync(at('data/train'), at('no-test/train'), { recursive: true });
  mkdirSync(at('no-test/test/disc'), { recursive: true });
  writeFileSync(at('no-test/test/disc/a.jpg'), 'no picture');
  const { code, events } = await training(cwd, start('no-test', '--data-dir', 'no-test'));
  expect(code).toBe(1);
  expect(events.map(({ event }) => event)).toEqual(['start', 'note', 'skipped', 'error']);
  expect(messages(events, 'error')[0]).toMatch(/^no-test\/test: none of the 1 images can be read /);
  expect(existsSync(at('results/no-test'))).toBe(false);
});

test('--strict: stops at the first unreadable image', async () => {
  cpSync(at('data'), at('strict'), { recursive: true });
  writeFileSync(at('strict/train/disc/broken.jpg'), 'no picture');
  const args = start('strict', '--data-dir', 'strict');
  const { code, stderr } = await hrm(cwd, ...args, '--strict');
  expect(code).toBe(1);
  expect(stderr).toMatch(/\nerror: strict\/train\/disc\/broken.jpg: not a JPEG, /);
  const { code: again } = await hrm(cwd, ...args, '--resume', '--strict');
  expect(again).toBe(1);
  expect(await training(cwd, [...args, '--resume'])).toMatchObject({ code: 0 });
  const [[path, reason]] = outcome(cwd, 'strict').unreadable as [string, string][];
  expect([path, reason.slice(0, 10)]).toEqual(['train/disc/broken.jpg', 'not a JPEG']);
});

describe('the folder of a run', () => {
  test('writes staged files before the checkpoint, and keeps them if writing fails', async () => {
    const written: string[] = [];
    let full: string | undefined = 'history.json';
    const folder = new RunFolder('a', async (path, content) => {
      if (full !== undefined && path.endsWith(full)) throw new Error(`cannot write ${path}: no space left`);
      written.push(`${path} ${content}`);
    });
    const name = (file: string): string => join('results', 'a', file);
    folder.stage('best_weights.onnx', 'best');
    folder.stage('history.json', 'one');
    await expect(folder.save(Uint8Array.of(1))).rejects.toThrow('history.json: no space left');
    expect(written).toEqual([`${name('best_weights.onnx')} best`]);
    folder.stage('history.json', 'two');
    full = undefined;
    await folder.save(Uint8Array.of(2));
    expect(written.slice(1)).toEqual([`${name('history.json')} two`, `${name('checkpoint.ckpt')} 2`]);
    await folder.save(Uint8Array.of(3));
    expect(written.slice(3)).toEqual([`${name('checkpoint.ckpt')} 3`]);
  });
});

describe("TensorBoard's log", () => {
  const epoch = (number: number): Uint8Array =>
    encodeEpoch({ epoch: number, loss: 1, learningRate: 1, seconds: 1, imagesPerSecond: 1, dataWait: 0 });
  const folder = (name: string): string => {
    mkdirSync(at(`logs-of/${name}`), { recursive: true });
    return at(`logs-of/${name}`);
  };

  test('resumes where a checkpoint knew it: each epoch once and complete', async () => {
    const logs = folder('back');
    const log = EventLog.new(logs);
    log.add(epoch(1));
    await log.flush();
    const { position } = log;
    log.add(epoch(2));
    await log.flush();
    // A crash in the middle of a record, after one that no checkpoint knows of.
    appendFileSync(join(logs, position.file), epoch(3).subarray(0, 20));
    const resumed = await EventLog.resume(logs, position, () => []);
    resumed.add(epoch(2));
    resumed.add(epoch(3));
    await resumed.flush();
    expect(loggedEpochs(logs)).toEqual([1, 2, 3]);
    expect(readdirSync(logs)).toEqual([position.file]);
  });

  test('is written anew if the file is missing or shorter than before', async () => {
    const logs = folder('gone');
    for (const content of [undefined, 'short']) {
      rmSync(logs, { recursive: true });
      mkdirSync(logs);
      const position = { file: 'events.out.tfevents.1.hrm', bytes: 1000 };
      if (content) writeFileSync(join(logs, position.file), content);
      const log = await EventLog.resume(logs, position, () => [epoch(1), epoch(2)]);
      log.add(epoch(3));
      await log.flush();
      rmSync(join(logs, position.file), { force: true });
      expect(loggedEpochs(logs)).toEqual([1, 2, 3]);
    }
  });

  test('keeps unwritten records for the next time if writing fails', async () => {
    const logs = folder('blocked');
    const log = EventLog.new(logs);
    log.add(epoch(1));
    rmSync(logs, { recursive: true });
    await expect(log.flush()).rejects.toThrow(/^cannot write .*: its folder does not exist$/);
    mkdirSync(logs);
    log.add(epoch(2));
    await log.flush();
    expect(loggedEpochs(logs)).toEqual([1, 2]);
  });
});
