/**
 * Damaged Keras files, seeded, for the reader: each must give weights or an Error.
 *
 *     npx tsx tools/fuzz-keras-file.ts small|half|full [FILES [SEED]]
 *
 * small: files of a few layers in several forms, nearly all of whose bytes are structure; half, full: those in test/golden/keras.
 * Prints what came of them, how often, the slowest time and a seed. A file that keeps the reader busy for two seconds has its thread
 * ended, as commands do (`src/load-model.ts`).
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fuzzKeras } from './fuzz/fuzz-keras.ts';
import { kerasFile, smallLayers } from './fuzz/keras-files.ts';

const [source = 'small', count = '1000', seed = '0'] = process.argv.slice(2);
const small = source === 'small';
const sources = small
  ? [
      await kerasFile(smallLayers),
      await kerasFile(smallLayers, { variable: true }),
      await kerasFile(smallLayers, { gzip: true, split: 2 }),
    ]
  : [new Uint8Array(gunzipSync(readFileSync(`test/golden/keras/${source}.h5.gz`)))];
const seeds = Array.from({ length: Number(count) }, (_, i) => Number(seed) * 1_000_000 + i);
const outcomes = await fuzzKeras(sources, seeds, 2000, !small);
const kinds = new Map<string, (typeof outcomes)[number][]>();
for (const outcome of outcomes) {
  const kind = outcome.text
    .replace(/'[^']*'/g, "'...'")
    .replace(/\d+/g, '#')
    .slice(0, 120);
  kinds.set(kind, [...(kinds.get(kind) ?? []), outcome]);
}
for (const [kind, of] of [...kinds].sort((a, b) => b[1].length - a[1].length)) {
  const slowest = Math.max(...of.map(({ milliseconds }) => milliseconds));
  console.log(
    String(of.length).padStart(6),
    `${slowest.toFixed(0)} ms`.padStart(9),
    `seed ${of[0].seed}`.padEnd(14),
    kind,
  );
}
