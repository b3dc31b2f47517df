/**
 * Compares masks in the pictures' own size with the true ones, for the predicted class, refined by the CRF
 * with its defaults:
 *
 *     npx tsx bench/full-size.ts MODEL.onnx DATA train|test [--every 6] [--maps DIR]
 *
 * Prints the mean IoU of the masks of `fullSize`, and of those by the default `--filter-threshold`. With
 * `--maps`, writes for each picture what `bench/peers/full_size.py` and `crf.py` compare other methods by:
 * NAME.high.npy and NAME.low.npy, raw, and NAME.crf.npy, the probabilities `[64, 64]`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { GroundTruthFolder } from '../src/data/dataset/ground-truth.ts';
import { scanImageFolder } from '../src/data/dataset/image-folder.ts';
import { pictureFile } from '../src/data/picture/picture-file.ts';
import { keptSource } from '../src/data/picture/picture-source.ts';
import { explain } from '../src/explain/explain.ts';
import { fullSize } from '../src/explain/full-size.ts';
import { loadModel } from '../src/load-model.ts';
import { defaultsFor, type Refinement } from '../src/refine/pipeline.ts';
import { maskBox } from '../src/tensor/mask-box.ts';
import { encodeNpy } from '../src/tensor/npy.ts';
import type { Mask } from '../src/tensor/tensor.ts';

const { values, positionals } = parseArgs({
  options: { every: { type: 'string', default: '1' }, maps: { type: 'string' } },
  allowPositionals: true,
});
const [modelFile, data, split] = positionals;

const options = defaultsFor('crf');
const ways: Readonly<Record<string, typeof options>> = {
  "Otsu's threshold": options,
  [`above ${options.filterThreshold}`]: { ...options, filterType: 'threshold' },
};

/** Intersection over union of the boxes around two masks. */
function boxIou(mask: Mask, truth: Mask): number {
  const [a, b] = [maskBox(mask), maskBox(truth)];
  if (a === undefined || b === undefined) return 0;
  const area = ([x0, y0, x1, y1]: readonly number[]): number => Math.max(0, x1 - x0) * Math.max(0, y1 - y0);
  const both = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return both / (area(a) + area(b) - both);
}

function iou(mask: Mask, truth: Mask): number {
  let [both, either] = [0, 0];
  for (let i = 0; i < truth.data.length; i++) {
    both += mask.data[i] & truth.data[i];
    either += mask.data[i] | truth.data[i];
  }
  return both / either;
}

/** The mean with a 95 % interval, assuming a normal distribution. */
function described(found: readonly number[]): string {
  const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
  const variance = found.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (found.length - 1);
  return `${mean.toFixed(4)} ± ${(1.96 * Math.sqrt(variance / found.length)).toFixed(4)}`;
}

const model = await loadModel(modelFile);
const truths = await GroundTruthFolder.open(data, split as 'train' | 'test');
const { samples } = await scanImageFolder(join(data, split));
const images = samples.filter((_, i) => i % Number(values.every) === 0);
const found = Object.fromEntries(
  Object.keys(ways).map((way) => [way, { masks: [] as number[], boxes: [] as number[] }]),
);
if (values.maps !== undefined) mkdirSync(values.maps, { recursive: true });
for (const { path } of images) {
  const mask = (await truths.of(path))?.mask;
  if (mask === undefined) continue;
  const source = keptSource(pictureFile(path));
  const explained = await explain(model, source, { refine: options });
  for (const [way, keep] of Object.entries(ways)) {
    const refinement = { ...explained.refinement, options: keep } as Refinement;
    const full = await fullSize(source, { ...explained, refinement });
    found[way].masks.push(iou(full.mask, mask));
    found[way].boxes.push(boxIou(full.mask, mask));
  }
  if (values.maps !== undefined && explained.refinement.refiner === 'crf') {
    const name = `${basename(dirname(path))}__${basename(path, extname(path))}`;
    const { high, low, refinement } = explained;
    for (const [kind, map] of Object.entries({ high, low, crf: refinement.probabilities })) {
      writeFileSync(join(values.maps, `${name}.${kind}.npy`), encodeNpy(map));
    }
  }
}
for (const [way, { masks, boxes }] of Object.entries(found)) {
  console.log(
    `${way.padEnd(18)} mean IoU: masks ${described(masks)}, boxes ${described(boxes)}, ${masks.length} pictures`,
  );
}
await model.release();
