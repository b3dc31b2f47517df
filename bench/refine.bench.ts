/**
 * The refinement at 224 x 224 against the same steps by scikit-image, SciPy and SimpleITK. Needs a Python
 * with them:
 *
 *     PYTHON=.../bin/python npx tsx bench/refine.bench.ts [--rounds 9] [--model FILE] [PICTURE ...]
 *
 * Compared with the functions that compute exactly the specified results, and with the fastest function for
 * each step (`peers/refine.py`). The maps are the model's for the pictures; default: the model and samples
 * that come along.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RefineOptions } from '../src/refine/parameters.ts';
import { writeRefineCases } from './refine-cases.ts';
import { alternate, type Contender } from './rounds.ts';
import { printRows, type Row } from './rows.ts';

/** The defaults, then every step that they leave out. */
const refineBenchmarks: Readonly<Record<string, RefineOptions>> = {
  'refine-default': {},
  'refine-local-small': { focalScope: 'local' },
  'refine-local-large': { focalScope: 'local', maximaAreas: 'large' },
  'refine-multiply-threshold': { mergeType: 'multiply', filterType: 'threshold' },
};

const samples = readdirSync('samples').map((file) => join('samples', file));

export async function refineRows(
  rounds: number,
  model: string = 'models/scenes.onnx',
  pictures: readonly string[] = samples,
): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'hrm-bench-'));
  try {
    await writeRefineCases(folder, model, pictures, 224);
    const rows: Row[] = [];
    for (const [name, options] of Object.entries(refineBenchmarks)) {
      const args = [folder, JSON.stringify(options)];
      const peer = (functions: string): Contender => ({
        name: `scikit-image, ${functions}`,
        command: process.env.PYTHON ?? 'python3',
        args: ['bench/peers/refine.py', functions, ...args],
      });
      const [ours, reference, fastest] = await alternate(
        [
          { name: 'ours', command: process.execPath, args: ['--import', 'tsx', 'bench/refine.ts', ...args] },
          peer('reference'),
          peer('fastest'),
        ],
        rounds,
      );
      rows.push({ name, ours, peer: reference }, { name, ours, peer: fastest });
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.filename === process.argv[1]) {
  const { values, positionals } = parseArgs({
    options: { rounds: { type: 'string', default: '9' }, model: { type: 'string' } },
    allowPositionals: true,
  });
  printRows(
    await refineRows(Number(values.rounds), values.model, positionals.length > 0 ? positionals : undefined),
  );
}
