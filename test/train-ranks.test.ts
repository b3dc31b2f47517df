/** `mpirun -n N hrm train ...`: one training by several processes. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrainEvent } from '../src/cli/training/events.ts';
import { openDataset } from '../src/data/dataset/image-folder.ts';
import { hrmOutput, newFolder, program } from './helpers/cli.ts';
import { tinyClassifier } from './helpers/tiny-classifier.ts';
import { eventsOf, outcome, training } from './helpers/training.ts';

const launcher = 'mpirun';
const launches = ((): boolean => {
  try {
    return execFileSync(launcher, ['--version'], { encoding: 'utf8' }).includes('Open MPI');
  } catch {
    return false;
  }
})();
const unlessThere = launches ? '' : ' (skipped: there is no mpirun of Open MPI)';

const cwd = newFolder();
const words = (text: string): string[] => text.split(' ');
const half = words('train half --data-dir data --im-size 32 --val-dir data/test --batch-size 8');
const head = words(
  'train half --backbone backbone.onnx --data-dir data --batch-size 8 --epochs 3 --patience 9',
);

interface Ended {
  readonly code: number | null;
  readonly events: readonly TrainEvent[];
  /** Less what mpirun says itself. */
  readonly errors: readonly string[];
}

/** Runs commands side by side as the ranks of one training. @param ranks how many of each */
async function together(
  commands: readonly (readonly string[])[],
  ranks: number,
  environment: Readonly<Record<string, string>> = {},
  onEvent: (event: TrainEvent, child: ChildProcess) => void = () => {},
): Promise<Ended> {
  const each = commands.map((args) => ['-n', `${ranks}`, process.execPath, program, ...args, '--json-lines']);
  const all = each.flatMap((one, i) => (i === 0 ? one : [':', ...one]));
  const own = words('--allow-run-as-root --oversubscribe -q');
  const env = { ...process.env, NO_COLOR: '1', ...environment };
  const child = spawn(launcher, [...own, ...all], { cwd, env });
  const events: TrainEvent[] = [];
  let [rest, errors] = ['', ''];
  child.stdout.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event: TrainEvent = JSON.parse(line);
      events.push(event);
      onEvent(event, child);
    }
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, events, errors: errors.split('\n').filter((line) => /^(error|warning):/.test(line)) };
}

const losses = (name: string): number[] =>
  (outcome(cwd, name).history as { loss: number }[]).map(({ loss }) => loss);

beforeAll(async () => {
  if (!launches) return;
  const synth = words('--classes 3 --train 24 --test 9 --size 32');
  await hrmOutput(cwd, 'synth', '--out', 'data', ...synth);
  writeFileSync(join(cwd, 'data/train/disc/broken.jpg'), 'no picture');
  writeFileSync(join(cwd, 'backbone.onnx'), await tinyClassifier());
});
afterAll(() => rmSync(cwd, { recursive: true }));

describe.skipIf(!launches)(`mpirun${unlessThere}`, () => {
  test('a head on a backbone: 2 and 4 ranks give the same results as one process', async () => {
    await training(cwd, [...head, '--results-name', 'alone']);
    for (const ranks of [2, 4]) {
      const name = `head-${ranks}`;
      const { code, events, errors } = await together([[...head, '--results-name', name]], ranks);
      expect([code, errors]).toEqual([0, []]);
      expect(eventsOf(events, 'start')).toHaveLength(1);
      expect(eventsOf(events, 'skipped').map(({ file }) => file)).toEqual(['data/train/disc/broken.jpg']);
      expect(outcome(cwd, name).files).toEqual(outcome(cwd, 'alone').files);
      expect(losses(name)).toHaveLength(3);
      for (const [i, loss] of losses('alone').entries()) expect(losses(name)[i]).toBeCloseTo(loss, 4);
    }
  });

  test('a network: ranks share its pictures, and one process resumes their checkpoint', async () => {
    const run = await together([[...half, '--epochs', '1', '--results-name', 'half']], 2);
    expect([run.code, run.errors]).toEqual([0, []]);
    expect(eventsOf(run.events, 'note')[0].message).toBe('2 ranks: each takes 4 images of every batch of 8');
    expect(eventsOf(run.events, 'skipped')).toHaveLength(1);
    const [epoch] = eventsOf(run.events, 'epoch');
    expect([epoch.loss, epoch.valLoss].every(Number.isFinite)).toBe(true);
    expect(eventsOf(run.events, 'start')[0].stepsPerEpoch).toBe(3);
    const more = words('train half --results-name half --resume --epochs 2');
    const { events } = await training(cwd, more);
    expect(eventsOf(events, 'epoch').map((one) => one.epoch)).toEqual([2]);
  });

  test('SIGTERM to one rank stops all; rank 0 saves and prints how to resume', async () => {
    let sent = false;
    const args = [...half, '--epochs', '500', '--results-name', 'stopped'];
    const { events } = await together([args], 2, {}, ({ event }, { pid }) => {
      if (event !== 'step' || sent) return;
      sent = true;
      const ranks = execFileSync('pgrep', ['-P', `${pid}`], { encoding: 'utf8' })
        .trim()
        .split('\n');
      process.kill(Number(ranks[1]), 'SIGTERM');
    });
    const [end] = eventsOf(events, 'interrupted');
    expect(end).toMatchObject({ signal: 'SIGTERM', checkpoint: 'results/stopped/checkpoint.ckpt' });
    expect(end.resume).toBe('hrm train half --results-name stopped --resume');
    expect(existsSync(join(cwd, 'results/stopped/checkpoint.ckpt'))).toBe(true);
  });

  test('a half model on a stream: both ranks report damage, and one process resumes', async () => {
    const { train } = await openDataset(join(cwd, 'data'));
    if (!train) throw new Error('no training images');
    const lines = train.samples.map(({ path, label }) => `${path}\t${train.classes[label]}\n`);
    writeFileSync(join(cwd, 'train.txt'), lines.join(''));
    const args = words('train half --data-dir train.txt --im-size 32 --batch-size 8 --results-name stream');
    const { code, events, errors } = await together([[...args, '--epochs', '1']], 2);
    expect([code, errors]).toEqual([0, []]);
    expect(eventsOf([...events], 'skipped')).toHaveLength(1);
    expect(outcome(cwd, 'stream').history).toHaveLength(1);
    await training(cwd, [...words('train half --results-name stream --resume'), '--epochs', '2']);
    expect(outcome(cwd, 'stream').history).toHaveLength(2);
  });

  test('rejects ranks with different options or unsuitable data in one line, and writes nothing', async () => {
    const args = [...half, '--epochs', '1', '--results-name', 'none'];
    const other = await together([args, [...args, '--seed', '3']], 1);
    expect(other.errors).toEqual([
      'error: all ranks must train the same model on the same images: --seed is 0 on rank 0, 3 on rank 1',
    ]);
    const odd = await together([[...args, '--batch-size', '9']], 2);
    expect(odd.errors).toEqual([
      'error: --batch-size must be divisible by the number of ranks, 2, got 9; 8 or 10 would fit',
    ]);
    writeFileSync(join(cwd, 'list.txt'), '');
    const streamed = await together([[...head, '--data-dir', 'list.txt', '--results-name', 'none']], 2);
    expect(streamed.errors).toEqual([
      'error: several ranks can read a stream only in train half without --backbone: give a folder, or train without a launcher; got 2 ranks and --data-dir list.txt',
    ]);
    const unknown = await together([[...args, '--nope']], 2);
    expect(unknown.errors).toEqual(["error: unknown option '--nope'"]);
    expect(unknown.code).toBe(2);
    const lost = await together([args], 2, { HRM_MPI_LIBRARY: '/nowhere/libmpi.so' });
    expect(lost.errors).toHaveLength(1);
    expect(lost.errors[0]).toMatch(/^error: HRM_MPI_LIBRARY: \/nowhere\/libmpi\.so cannot be loaded: /);
    expect(existsSync(join(cwd, 'results/none'))).toBe(false);
  });
});

describe('the script for Slurm', () => {
  const script = join(import.meta.dirname, '../examples/slurm/train.sbatch');

  test('has valid syntax for bash', () => {
    expect(execFileSync('bash', ['-n', script], { encoding: 'utf8' })).toBe('');
  });

  test('calls srun with the batch of all ranks, and resumes if there is a checkpoint', () => {
    const folder = newFolder();
    try {
      mkdirSync(join(folder, 'bin'));
      writeFileSync(join(folder, 'bin/srun'), '#!/bin/bash\nprintf "%s\\n" "$@" > called\n');
      chmodSync(join(folder, 'bin/srun'), 0o755);
      const call = (): string[] => {
        const env = {
          PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
          SLURM_NTASKS: '8',
          SLURM_CPUS_PER_TASK: '4',
          HRM_COMMAND: 'node main.js',
        };
        execFileSync('bash', [script, '--data-dir', 'my photos'], { cwd: folder, env });
        return readFileSync(join(folder, 'called'), 'utf8').trimEnd().split('\n');
      };
      const before = ['--mpi=pmix', '--kill-on-bad-exit=1', '--cpus-per-task=4', 'node', 'main.js'];
      const first = ['--results-name', 'cluster', '--batch-size', '64', '--data-dir', 'my photos'];
      expect(call()).toEqual([...before, 'train', 'half', ...first]);
      mkdirSync(join(folder, 'results/cluster'), { recursive: true });
      writeFileSync(join(folder, 'results/cluster/checkpoint.ckpt'), '');
      expect(call()).toEqual([...before, 'train', 'half', '--results-name', 'cluster', '--resume']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.skipIf(!launches)(`trains with mpirun in place of srun${unlessThere}`, () => {
    mkdirSync(join(cwd, 'bin'));
    const stub = `#!/bin/bash
while [[ "$1" == --* ]]; do shift; done
exec mpirun --allow-run-as-root --oversubscribe -q -n "$SLURM_NTASKS" "$@"
`;
    writeFileSync(join(cwd, 'bin/srun'), stub);
    chmodSync(join(cwd, 'bin/srun'), 0o755);
    const env = {
      ...process.env,
      PATH: `${join(cwd, 'bin')}:${process.env.PATH}`,
      SLURM_NTASKS: '2',
      HRM_COMMAND: `${process.execPath} ${program}`,
      HRM_IMAGES_PER_RANK: '4',
    };
    const args = words('--backbone backbone.onnx --data-dir data --epochs 1');
    const out = execFileSync('bash', [script, ...args], { cwd, env, encoding: 'utf8', stdio: 'pipe' });
    expect(out).toContain('batch 8, 1 epoch');
    expect(existsSync(join(cwd, 'results/cluster/best_weights.onnx'))).toBe(true);
  });
});
