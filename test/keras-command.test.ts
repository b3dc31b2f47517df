/** Keras files on the command line: `convert`, `check-weights`, and as a model of other commands. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeScenes } from '../src/data/scenes/write-scenes.ts';
import { hrm, hrmOutput, newFolder, type Run, tree } from './helpers/cli.ts';

const work = newFolder();
const at = (path: string): string => join(work, path);

beforeAll(async () => {
  for (const type of ['half', 'full']) {
    const packed = readFileSync(join(import.meta.dirname, 'golden', 'keras', `${type}.h5.gz`));
    writeFileSync(at(`${type}.h5`), gunzipSync(packed));
  }
  writeFileSync(at('names.txt'), 'disc\nsquare\ntriangle\n');
  writeFileSync(at('other.zip'), zipSync({ 'low.npy': strToU8('x') }));
  writeFileSync(at('cut.h5'), readFileSync(at('half.h5')).subarray(0, 100_000));
  await writeScenes({ out: at('data'), classes: 3, train: 6, test: 6, size: 32 });
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

const run = (args: string): Promise<Run> => hrm(work, ...args.split(' '));
const output = (args: string): Promise<string> => hrmOutput(work, ...args.split(' '));

test('converts to Keras and back without a difference', async () => {
  expect(
    await output('convert half.h5 half.onnx --type half --num-classes 3 --im-size 64 --classes names.txt'),
  ).toBe('half.onnx: a half model, 3 classes, 64 x 64 x 3\n');
  await output('convert half.onnx back.h5');
  expect(await output('check-weights half.h5 back.h5')).toContain('all 63 layers that both have agree');
  const against = await output('check-weights half.onnx full.h5');
  expect(against).toContain('only in B: 29 layers, tr_up_1_conv2DT to main_output');
});

test('the input scale goes into the first layer, which alone differs', async () => {
  await output('convert half.h5 scaled.onnx --input-scale 255');
  const { code, stdout } = await run('check-weights half.h5 scaled.onnx');
  expect(code).toBe(1);
  expect(stdout).toMatch(/\ninitial_conv2D +1,296 +\S+ +differs\n/);
  expect(stdout).toContain('the first 0 of 63 layers agree; 1 differs: initial_conv2D');
  await output('check-weights half.h5 scaled.onnx --tolerance 1000');
});

test('accepts a Keras file in place of a model file', async () => {
  expect(await output('summary half.h5 --im-size 64')).toContain('half model, 3 classes, 64 x 64 x 3');
  const evaluated = await output(
    'evaluate --data_dir data --type half --half_weight_dir half.h5 --im_size 32',
  );
  expect(evaluated).toMatch(/\ndisc .*\nsquare .*\ntriangle /);
  const explained =
    'explain data/test/disc/disc-0001.jpg --weight-dir full.h5 --im-size 32 --out out --class disc';
  expect(await output(`${explained} --classes names.txt`)).toContain('explained: disc');
  const train = 'train full --data-dir data --results-name full --half-weight-dir half.h5 --im-size 32';
  await output(`${train} --epochs 1 --batch-size 2 --input-scale 1`);
  expect(await output('check-weights half.h5 results/full/best_weights.onnx')).toContain('all 63 layers');
  // Its expansion is tied, by default, which a network of Keras is not.
  const { code, stdout, stderr } = await run('convert results/full/best_weights.onnx tied.h5');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain("has only the expansion 'reconstruction', this model has 'tied-image'");
  expect(tree(work)).not.toContain('tied.h5');
});

test.each([
  ['convert half.h5 half.txt', 2, "error: OUT must end in .onnx or .h5, got 'half.txt'"],
  [
    'convert ../half.h5 x.weights.h5',
    2,
    'error: OUT must end in .h5, not .weights.h5, which has another layout',
  ],
  [
    'convert ../other.zip x.onnx',
    1,
    'error: ../other.zip: it is a zip file, an ONNX file is needed: unpack it',
  ],
  ['convert half.h5 x.onnx --input-scale 2', 2, '1 or 255 is needed'],
  [
    'convert ../half.h5 x.onnx --type full',
    1,
    'error: ../half.h5: a full model is needed, this is a half model',
  ],
  [
    'convert ../half.h5 x.onnx --num-classes 4',
    1,
    'error: ../half.h5: 4 classes are expected, the file has 3',
  ],
  ['convert ../cut.h5 x.onnx', 1, 'error: ../cut.h5: damaged or cut short: the file cannot be opened'],
  ['convert ../names.txt x.onnx', 1, 'error: ../names.txt: not an ONNX model, or damaged'],
  ['convert ../half.h5 x.h5 --input-scale 255', 1, '--input-scale needs one Keras file and one .onnx file'],
  ['convert ../no.h5 x.onnx', 1, 'error: ../no.h5: no such file'],
  ['check-weights ../half.h5 ../cut.h5', 1, 'error: ../cut.h5: damaged or cut short'],
  ['summary ../half.h5 --channels 3', 2, 'error: --channels needs --type'],
])('%s is an error in one line and leaves no file', async (args, code, message) => {
  const empty = mkdtempSync(at('case-'));
  const found = await hrm(empty, ...args.split(' '));
  expect(found).toMatchObject({ code, stdout: '' });
  expect(found.stderr).toContain(message);
  expect(found.stderr.trim().split('\n')).toHaveLength(1);
  expect(tree(empty)).toEqual([]);
});
