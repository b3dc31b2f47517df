/**
 * Where the time goes when one photograph is explained, from the start of the process to its end. Builds
 * `dist` first.
 *
 *     npx tsx bench/explain.bench.ts [--runs 9] [--size 224] [--model FILE] [PICTURE]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { percent } from '../src/text/percent.ts';
import { median } from './rounds.ts';

interface Run {
  readonly steps: Readonly<Record<string, number>>;
  readonly total: number;
}

const { values, positionals } = parseArgs({
  options: {
    runs: { type: 'string', default: '9' },
    size: { type: 'string', default: '224' },
    model: { type: 'string', default: 'models/scenes.onnx' },
  },
  allowPositionals: true,
});
const picture = positionals[0] ?? 'samples/star.jpg';
const folder = mkdtempSync(join(tmpdir(), 'hrm-bench-'));
const command = ['dist/cli/main.js', 'explain', picture, '--weight-dir', values.model, '--out', folder];
try {
  execFileSync('npm', ['run', '-s', 'build']);
  const runs: Run[] = [];
  const commands: number[] = [];
  for (let i = 0; i <= Number(values.runs); i++) {
    const args = ['bench/explain.mjs', values.model, picture, values.size, folder];
    const run = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    const start = performance.now();
    execFileSync(process.execPath, [...command, '--im-size', values.size]);
    if (i === 0) continue; // fills the disk cache
    runs.push(run);
    commands.push(performance.now() - start);
  }
  const total = median(runs.map((run) => run.total));
  const line = (name: string, ms: number): string =>
    `${name.padEnd(32)} ${ms.toFixed(1).padStart(8)} ms ${percent(ms / total).padStart(8)}`;
  for (const step of Object.keys(runs[0].steps)) {
    console.log(line(step, median(runs.map(({ steps }) => steps[step]))));
  }
  console.log(line('all steps', total));
  console.log(line('hrm explain, the command', median(commands)));
} finally {
  rmSync(folder, { recursive: true });
}
