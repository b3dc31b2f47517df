/**
 * Our side of `refine.bench.ts`.
 *
 *     npx tsx bench/refine.ts FOLDER OPTIONS
 *
 * FOLDER has a subfolder for each case, with image.npy, low.npy and high.npy; OPTIONS is a JSON object with
 * the options.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refine } from '../src/refine/pipeline.ts';
import { decodeNpy } from '../src/tensor/npy.ts';
import type { FloatMap, Picture } from '../src/tensor/tensor.ts';
import { contend } from './contender.ts';

const [folder, json] = process.argv.slice(2);
const options = JSON.parse(json);
const read = (name: string, file: string) =>
  decodeNpy(new Uint8Array(readFileSync(join(folder, name, file))), file);
const cases = readdirSync(folder).map((name) => ({
  image: read(name, 'image.npy') as Picture,
  low: read(name, 'low.npy') as FloatMap,
  high: read(name, 'high.npy') as FloatMap,
}));

let turn = 0;
const work = (): unknown => {
  const { image, low, high } = cases[turn++ % cases.length];
  return refine(image, low, high, options);
};
for (let i = 0; i < 300; i++) work(); // until compiled
await contend(work, 10 * cases.length);
