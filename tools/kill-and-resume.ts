/**
 * Kills a training again and again, at random moments, resumes it each time, and compares the results bit for
 * bit with an undisturbed training: both model files, the last checkpoint, the history without its times, the
 * epochs in TensorBoard's files. Exit code 1 if they differ, or other files are left. Builds `dist` first.
 *
 *     npx tsx tools/kill-and-resume.ts [--kills 52] [--seed 0]
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeScenes } from '../src/data/scenes/write-scenes.ts';
import { random } from '../src/tensor/random.ts';
import { program } from '../test/helpers/cli.ts';
import { outcome } from '../test/helpers/training.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '52' }, seed: { type: 'string', default: '0' } },
});
const kills = Number(values.kills);
const rng = random(Number(values.seed));
execFileSync('npm', ['run', '-s', 'build']);
const work = mkdtempSync(join(tmpdir(), 'hrm-kill-'));
await writeScenes({ out: join(work, 'data'), classes: 3, train: 24, test: 12, size: 64 });

function train(name: string): ReturnType<typeof spawn> {
  const options = [
    '--im-size',
    '64',
    '--batch-size',
    '4',
    '--epochs',
    '24',
    '--checkpoint-minutes',
    '0',
    '--resume',
  ];
  const args = ['train', 'half', '--data-dir', 'data', '--results-name', name, ...options];
  return spawn(process.execPath, [program, ...args], { cwd: work, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** @returns its duration in milliseconds, and how it ended */
async function toItsEnd(name: string): Promise<{ milliseconds: number; code: number | null }> {
  const start = performance.now();
  const [code] = await once(train(name), 'close');
  return { milliseconds: performance.now() - start, code };
}

try {
  const { milliseconds, code } = await toItsEnd('undisturbed');
  if (code !== 0) throw new Error(`the undisturbed training ended with ${code}`);
  console.log(`undisturbed: ${(milliseconds / 1000).toFixed(1)} s`);
  let killed = 0;
  let finished = 0;
  while (killed < kills) {
    const child = train('killed');
    const ended = once(child, 'close');
    // Early kills hit the start and the first saves, late ones epochs and the end.
    const late = setTimeout(
      () => child.kill('SIGKILL'),
      rng.uniform(0, rng.next() < 0.5 ? 3000 : 0.4 * milliseconds),
    );
    const [exit, signal] = await ended;
    clearTimeout(late);
    if (signal === 'SIGKILL') killed++;
    else if (exit !== 0) throw new Error(`after ${killed} kills the training ended with ${exit}`);
    else {
      compare();
      finished++;
      rmSync(join(work, 'results', 'killed'), { recursive: true });
      rmSync(join(work, 'logs', 'killed'), { recursive: true });
    }
  }
  const last = await toItsEnd('killed');
  if (last.code !== 0) throw new Error(`after ${killed} kills the training ended with ${last.code}`);
  compare();
  console.log(
    `${killed} kills, ${finished + 1} trainings that came to their end: all as the undisturbed one, bit for bit`,
  );
  const left = readdirSync(work, { recursive: true }).filter((path) => /\.(tmp|lock)/.test(String(path)));
  if (left.length > 0) process.exitCode = 1;
  console.log(left.length === 0 ? 'nothing is left behind' : `left behind: ${left.join(', ')}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function compare(): void {
  const [wanted, found] = ['undisturbed', 'killed'].map((name) => JSON.stringify(outcome(work, name)));
  if (wanted !== found)
    throw new Error('the results of the killed training differ from those of the undisturbed one');
}
