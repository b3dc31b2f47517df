/**
 * The loader alone against Pillow in two worker processes, on the same cores and files: decoding, resizing,
 * augmenting, batches of float32. Needs a Python with Pillow and NumPy, and a folder DIR/train/CLASS/*.jpg:
 *
 *     PYTHON=.../bin/python npx tsx bench/loader.bench.ts [--rounds 7] [--data-dir ../shared/photo15] [SIZE
 *     ...]
 *
 * Both resize by an antialiased triangle filter. Pillow runs twice, with and without `draft`: letting the
 * JPEG decoder halve the picture first, which changes it. Ours does so only with pictures of more than 2^20
 * pixels.
 */
import { parseArgs } from 'node:util';
import { openDataset } from '../src/data/dataset/image-folder.ts';
import { alternate, type Contender } from './rounds.ts';
import { printRows, type Row } from './rows.ts';

/** The peers `full` and `draft` for one size. */
export async function loaderRows(dataDir: string, size: number, rounds: number): Promise<Row[]> {
  const ours: Contender = {
    name: 'ours',
    command: process.execPath,
    args: ['--import', 'tsx', 'bench/loader.ts', dataDir, String(size)],
  };
  const peer = (mode: string): Contender => ({
    name: `Pillow ${mode}`,
    command: process.env.PYTHON ?? 'python3',
    args: ['bench/peers/loader.py', dataDir, String(size), mode],
  });
  const [a, full, draft] = await alternate([ours, peer('full'), peer('draft')], rounds);
  return [
    { name: `loader-${size}`, ours: a, peer: full },
    { name: `loader-${size}-draft`, ours: a, peer: draft },
  ];
}

if (import.meta.filename === process.argv[1]) {
  const { values, positionals } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      'data-dir': { type: 'string', default: '../shared/photo15' },
    },
    allowPositionals: true,
  });
  const dataDir = values['data-dir'];
  const images = (await openDataset(dataDir)).train.samples.length;
  for (const size of positionals.length > 0 ? positionals.map(Number) : [128, 224]) {
    const rows = await loaderRows(dataDir, size, Number(values.rounds));
    printRows(rows);
    for (const { name, ours, peer } of rows) {
      const rate = (ms: number): string => `${((images / ms) * 1000).toFixed(0)} images/s`;
      console.log(
        `${name.padEnd(24)} ours ${rate(ours.ms)}, ${peer.name} ${rate(peer.ms)}: ${(peer.ms / ours.ms).toFixed(2)} times as fast`,
      );
    }
  }
}
