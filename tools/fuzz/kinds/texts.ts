import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readClasses } from '../../../src/classifier/read-classes.ts';
import { readConfig } from '../../../src/cli/config-file.ts';
import { hrmProgram } from '../../../src/cli/program.ts';
import { settleClassWeights } from '../../../src/cli/training/class-weights.ts';
import { decodeRun } from '../../../src/cli/training/stored-run.ts';
import { parseClassNames } from '../../../src/data/dataset/class-names.ts';
import { parseLabelMap } from '../../../src/data/dataset/label-map.ts';
import { readBoxesFile } from '../../../src/data/ground-truth/boxes-file.ts';
import { importFile } from '../../../src/import-file.ts';
import { parseToken } from '../../../src/server/access.ts';
import type { Random } from '../../../src/tensor/random.ts';
import { tensor } from '../../../src/tensor/tensor.ts';
import { encodeCheckpoint } from '../../../src/train/checkpoint-file.ts';
import { damageBytes } from '../damage-bytes.ts';
import { damageJson } from '../damage-json.ts';
import { check, type Kind, oneOf } from '../kind.ts';

const names = ['ring', 'disc', 'étoile', 'a "b", c', '=1+1', 'n02119789 kit fox', ''];
const lines = `\ufeff# names\r\n${names.join('\n')}\n`;

/** A text file to damage, and the function that reads it. */
interface TextFile {
  readonly file: string;
  /** JSON, or text. */
  readonly content: unknown;
  readonly read: (path: string, folder: string) => unknown;
}

const text = (path: string): string => new TextDecoder().decode(readFileSync(path));

function checkNames(found: readonly string[]): void {
  check(
    found.length > 0 && found.every((one) => typeof one === 'string'),
    `the names ${JSON.stringify(found)}`,
  );
}

const boxes = {
  'ring/a.jpg': { width: 64, height: 48, boxes: [[1, 2, 30, 40]] },
  'b.png': { boxes: [[0, 0, 1, 1]] },
};
const config = {
  device: 'cpu',
  train: { half: { 'data-dir': 'x', epochs: 3, 'learning-rate': 0.1, flip: true } },
  explain: { refiner: 'crf', 'crf-weight': 3 },
};
const processor = {
  ...{ do_normalize: true, do_rescale: true, rescale_factor: 1 / 255, do_resize: true, do_center_crop: true },
  ...{ image_mean: [0.5, 0.4, 0.3], image_std: [0.5, 0.5, 0.5], size: { shortest_edge: 36 }, crop_size: 32 },
};
const labels = { id2label: { 0: 'a', 1: 'b', 2: 'c', 3: 'd' }, model_type: 'vit' };

/** A classifier with a file beside it that says how pictures come to it, or what its classes are called. */
const beside = (file: string, content: unknown): TextFile => ({
  file,
  content,
  read: async (_, folder) => {
    cpSync('test/golden/classifiers/mobilenetv2.onnx', join(folder, 'model.onnx'));
    checkNames((await importFile(join(folder, 'model.onnx'))).classifier.classes);
  },
});

const program = await hrmProgram();

const files: readonly TextFile[] = [
  { file: 'names.txt', content: lines, read: (path) => checkNames(parseClassNames(text(path), path)) },
  { file: 'names.txt', content: lines, read: (path) => checkNames(readClasses(text(path), path)) },
  { file: 'names.json', content: names, read: (path) => checkNames(readClasses(text(path), path)) },
  { file: 'names.json', content: labels, read: (path) => checkNames(readClasses(text(path), path)) },
  {
    file: 'map.json',
    content: { ring: ['ring', 1], disc: [2] },
    read: (path) => parseLabelMap(text(path), path),
  },
  { file: 'map.txt', content: 'ring: ring, 1\ndisc: 2\n', read: (path) => parseLabelMap(text(path), path) },
  { file: 'boxes.json', content: boxes, read: readBoxes },
  {
    file: 'weights.json',
    content: { ring: 1, disc: 2.5 },
    read: (path) => settleClassWeights(path, ['ring', 'disc']),
  },
  { file: 'token.txt', content: 'a-token-of-some-length\n', read: (path) => parseToken(text(path), path) },
  {
    file: 'hrm.config.json',
    content: config,
    read: (path) =>
      readConfig(path, program, {
        optional: false,
        wrong: (message) => {
          throw new Error(message);
        },
      }),
  },
  beside('preprocessor_config.json', processor),
  beside('config.json', labels),
  beside('config.json', {
    pretrained_cfg: { mean: [0.5, 0.5, 0.5], std: [1, 1, 1], input_size: [3, 32, 32], crop_pct: 0.9 },
  }),
];

async function readBoxes(path: string): Promise<void> {
  for (const [, { boxes: found }] of await readBoxesFile(path)) {
    check(
      found.every((box) => box.length === 4 && box.every(Number.isFinite)),
      `the boxes ${JSON.stringify(found)}`,
    );
  }
}

function damaged(content: unknown, rng: Random): Uint8Array {
  if (typeof content !== 'string') return damageJson(content, rng);
  return damageBytes(new TextEncoder().encode(content), rng);
}

export const texts: readonly Kind[] = [
  {
    name: 'texts: names, labels, boxes, settings',
    share: 8,
    input: async (rng, folder) => {
      const { file, content, read } = oneOf(rng, files);
      const path = join(folder, file);
      writeFileSync(path, damaged(content, rng));
      return async () => read(path, folder);
    },
  },
  {
    name: 'checkpoints',
    share: 2,
    input: async (rng) => {
      const tensors = new Map([['w', tensor('float32', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))]]);
      const bytes = damageBytes(
        encodeCheckpoint({ content: { options: {}, data: {}, log: [1, 2] }, tensors }),
        rng,
      );
      return async () => decodeRun(bytes, 'checkpoint.ckpt');
    },
  },
];
