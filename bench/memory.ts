/**
 * Compares the predicted peak memory of `hrm memory` with the peak of a real training: `hrm train` on scenes,
 * two epochs, each in its own process. Build first (`node scripts/setup.mjs`).
 *
 *     npx tsx bench/memory.ts [TYPE,BATCH,SIZE ...]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeScenes } from '../src/data/scenes/write-scenes.ts';

const cases = ['half,8,128', 'half,16,128', 'half,32,128', 'half,16,224', 'full,8,128', 'full,16,224'];
/** Scenes for training and validation; with worker threads and full validation batches, as in practice. */
const images = { train: 160, test: 32 };

const program = join(import.meta.dirname, '..', 'dist', 'cli', 'main.js');
/** Prints the largest resident set of the process when it ends, in KiB. */
const atExit =
  'import { isMainThread } from "node:worker_threads";' +
  'if (isMainThread) process.on("exit", () => console.error("peak", process.resourceUsage().maxRSS));';

const folder = mkdtempSync(join(tmpdir(), 'hrm-memory-'));
const clean = (): void => rmSync(folder, { recursive: true, force: true });
process.once('SIGINT', () => {
  clean();
  process.exit(130);
});
try {
  await writeScenes({ out: join(folder, 'data'), classes: 4, ...images, size: 128 });
  train('half', '4', '32', 'start'); // the half model that full models begin with
  console.log('case                estimated   measured  deviation');
  for (const [type, batch, size] of (process.argv.length > 2 ? process.argv.slice(2) : cases).map((one) =>
    one.split(','),
  )) {
    const estimated = estimate(type, batch, size);
    const measured = train(type, batch, size, `${type}-${batch}-${size}`);
    const deviation = (100 * (estimated / measured - 1)).toFixed(1);
    const name = `${type} ${batch} x ${size}`;
    console.log(
      `${name.padEnd(18)} ${gigabytes(estimated)} ${gigabytes(measured)} ${deviation.padStart(8)} %`,
    );
  }
} finally {
  clean();
}

/** The command's predicted peak memory of a training, in bytes. */
function estimate(type: string, batch: string, size: string): number {
  const given = ['--type', type, '--batch-size', batch, '--im-size', size, '--num-classes', '4'];
  const counted = ['--images', String(images.train + images.test)];
  const text = execFileSync(process.execPath, [program, 'memory', ...given, ...counted, '--json'], {
    encoding: 'utf8',
  });
  return JSON.parse(text).total;
}

/**
 * Trains.
 * @returns bytes of the largest resident set
 * @throws when the training fails
 */
function train(type: string, batch: string, size: string, name: string): number {
  const half = type === 'full' ? ['--half-weight-dir', 'results/start/best_weights.onnx'] : [];
  const given = ['--data-dir', 'data', '--results-name', name, '--batch-size', batch, '--im-size', size];
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${atExit}`,
      program,
      'train',
      type,
      '--epochs',
      '2',
      ...given,
      ...half,
    ],
    { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  const peak = /^peak (\d+)$/m.exec(stderr)?.[1];
  if (status !== 0 || peak === undefined) throw new Error(`train ${type} failed: ${stderr}`);
  return 1024 * Number(peak);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2).padStart(8)} GB`;
}
