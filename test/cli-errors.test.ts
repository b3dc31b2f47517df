/** What the command line makes of bad input: one clear line, exit code 2 for wrong usage and 1 for a failure, no files. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeScenes } from '../src/data/scenes/write-scenes.ts';
import { Graph } from '../src/graph/graph.ts';
import { encodeOnnx } from '../src/graph/onnx/proto.ts';
import { relu } from '../src/graph/ops/relu.ts';
import { initializeWeights, type ModelType } from '../src/models/model.ts';
import { encodeModel } from '../src/models/model-file.ts';
import { encodeNpy } from '../src/tensor/npy.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { hrm, newFolder, type Run, tree } from './helpers/cli.ts';

const work = newFolder();
const at = (path: string): string => join(work, path);

/** Every test works in an empty folder of its own; what it reads lies beside that folder. */
const emptyFolder = (): string => mkdtempSync(at('case-'));
const run = (cwd: string, args: string): Promise<Run> => hrm(cwd, ...args.split(' '));

const scenes = ['disc', 'square', 'triangle'];

beforeAll(async () => {
  await writeScenes({ out: at('data'), classes: 3, train: 12, test: 6, size: 32 });
  for (const [file, type, classes] of [
    ['half.onnx', 'half', scenes],
    ['full.onnx', 'full', scenes],
    ['grey.onnx', 'half', scenes],
    ['birds.onnx', 'half', ['duck', 'swan', 'tern']],
  ] as const) {
    const channels = file === 'grey.onnx' ? 1 : 3;
    const config = { type: type as ModelType, classes, imSize: 32, channels };
    writeFileSync(at(file), encodeModel({ ...config, weights: initializeWeights(config, random(1)) }));
  }
  const model = readFileSync(at('full.onnx'));
  writeFileSync(at('cut.onnx'), model.subarray(0, model.length / 2));
  writeFileSync(at('text.onnx'), 'no model\n');
  writeFileSync(at('nothing.onnx'), '');
  const graph = new Graph();
  graph.output(relu(graph.input('x', 'float32', [1])));
  writeFileSync(at('foreign.onnx'), encodeOnnx(graph));

  const picture = readFileSync(at('data/test/disc/disc-0001.jpg'));
  writeFileSync(at('good.jpg'), picture);
  writeFileSync(at('cut.jpg'), picture.subarray(0, picture.length / 2));
  writeFileSync(at('nothing.jpg'), '');
  writeFileSync(at('text.jpg'), 'no picture');
  writeFileSync(at('file'), '');

  mkdirSync(at('empty'));
  mkdirSync(at('no-classes/train'), { recursive: true });
  const copies = ['no-images', 'unreadable', 'extra-class', 'one-class', 'no-test'];
  for (const name of copies) cpSync(at('data'), at(name), { recursive: true });
  mkdirSync(at('no-images/train/void'));
  for (const name of scenes) {
    rmSync(at(`unreadable/train/${name}`), { recursive: true });
    mkdirSync(at(`unreadable/train/${name}`));
    writeFileSync(at(`unreadable/train/${name}/text.jpg`), 'no picture');
  }
  mkdirSync(at('extra-class/test/void'));
  writeFileSync(at('extra-class/test/void/a.jpg'), picture);
  for (const name of ['train/square', 'train/triangle', 'test'])
    rmSync(at(`one-class/${name}`), { recursive: true });
  rmSync(at('no-test/test'), { recursive: true });

  const map = (file: string, shape: number[], value: (i: number) => number): void =>
    writeFileSync(
      at(file),
      encodeNpy(
        tensor(
          'float32',
          shape,
          Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => value(i)),
        ),
      ),
    );
  map('low.npy', [4, 4], (i) => Math.sin(i));
  map('high.npy', [32, 32], (i) => Math.sin(i / 50));
  map('nan.npy', [4, 4], (i) => (i === 5 ? Number.NaN : i));
  map('stack.npy', [2, 4, 4], (i) => i);
  map('flat-low.npy', [4, 4], () => 5);
  map('flat-high.npy', [32, 32], () => -2);
  map('zero-low.npy', [4, 4], () => 0);
  map('wide.npy', [32, 48], (i) => (i % 48) / 48);
  map('odd.npy', [32, 40], (i) => i);
  map('tall.npy', [48, 32], (i) => i);
  writeFileSync(at('pickle.npy'), Buffer.from('80049500', 'hex'));
  const arrays = ['low', 'high'].map((name) => [`${name}.npy`, readFileSync(at(`${name}.npy`))]);
  writeFileSync(at('maps.npz'), zipSync(Object.fromEntries(arrays)));
  writeFileSync(at('cut.npy'), encodeNpy(tensor('float32', [4, 4])).subarray(0, -4));
  writeFileSync(at('picture.npy'), encodeNpy(tensor('uint8', [16, 16, 3])));
});
afterAll(() => rmSync(work, { recursive: true }));

const training = (dataDir: string): string =>
  `train half --data-dir ../${dataDir} --results-name a/x --im-size 32 --epochs 1 --batch-size 4`;
const train = training('data');
const trainFull = `${train.replace('half', 'full')} --half-weight-dir`;
const evaluate = 'evaluate --data-dir ../data --type';
const explain = 'explain ../good.jpg --weight-dir ../full.onnx --out out/a';
const explainWith = 'explain ../good.jpg --out out/a --weight-dir';
const explainOf = 'explain --weight-dir ../full.onnx --out out/a';
const refine = 'refine ../good.jpg --out out/a';

const choices = (option: string, value: string, allowed: string): string =>
  `error: option '${option}' argument '${value}' is invalid. Allowed choices are ${allowed}.`;
const invalid = (option: string, value: string, rule: string): string =>
  `error: option '${option}' argument '${value}' is invalid. ${rule}`;

describe('wrong usage', () => {
  test.concurrent.each([
    ['bogus', "error: unknown command 'bogus'"],
    ['trian half', "error: unknown command 'trian' (Did you mean train?)"],
    ['train quarter', "error: unknown command 'quarter'"],
    ['train half --results-name x', "error: required option '--data-dir <dir>' not specified"],
    [
      'train full --results-name x --data-dir ../data',
      "error: required option '--half-weight-dir <file>' not specified",
    ],
    [`${train} --epoch 3`, "error: unknown option '--epoch' (Did you mean --epochs?)"],
    [`${train} --im-size 100`, invalid('--im-size <n>', '100', 'A multiple of 32 up to 4096 is needed.')],
    [`${train} --im_size=0`, invalid('--im-size <n>', '0', 'A multiple of 32 up to 4096 is needed.')],
    [`${train} --epochs 0`, invalid('--epochs <n>', '0', 'A whole number >= 1 is needed.')],
    [`${train} --epochs 1.5`, invalid('--epochs <n>', '1.5', 'A whole number >= 1 is needed.')],
    [`${train} --channels 2`, invalid('--channels <n>', '2', '1 or 3 is needed.')],
    [
      `${train} --learning-rate fast`,
      invalid('--learning-rate <r>', 'fast', 'A number from 0 to 100 is needed.'),
    ],
    [`${train} --device tpu`, choices('--device <name>', 'tpu', 'cpu, webgpu, cuda, auto')],
    [`${train} --optimizer lion`, choices('--optimizer <name>', 'lion', 'adadelta, sgd, adam, adamw')],
    [`${train} --schedule step`, choices('--schedule <name>', 'step', 'plateau, cosine, constant')],
    [`${train} --momentum 0.9`, 'error: --momentum needs --optimizer sgd'],
    [
      `${train} --optimizer sgd --momentum 1`,
      invalid('--momentum <m>', '1', 'A number from 0 to below 1 is needed.'),
    ],
    [
      `${train} --schedule cosine --warmup-epochs 2`,
      'error: --warmup-epochs must be at most --epochs, 1, got 2',
    ],
    [`${trainFull} ../half.onnx --label-smoothing 0.1`, "error: unknown option '--label-smoothing'"],
    [
      `${train} --checkpoint-minutes -1`,
      invalid('--checkpoint-minutes <m>', '-1', 'A number from 0 to 1000000 is needed.'),
    ],
    [`${train} --epochs`, "error: option '--epochs <n>' argument missing"],
    [`${train} extra`, "error: too many arguments for 'half'. Expected 0 arguments but got 1."],
    ...['../x', '/x', 'a/../../x', '.', 'C:x'].map((name) => [
      `train half --data-dir ../data --results-name ${name}`,
      invalid('--results-name <name>', name, "A path inside 'results' is needed, such as half/birds."),
    ]),
    ['explain --weight-dir ../full.onnx --out out', "error: missing required argument 'image'"],
    ['explain ../good.jpg --weight-dir ../full.onnx', "error: required option '--out <dir>' not specified"],
    [`${explain} --merge-alpha 2`, invalid('--merge-alpha <a>', '2', 'A number from 0 to 1 is needed.')],
    [
      `${explain} --filter-percentage 0`,
      invalid('--filter-percentage <p>', '0', 'A number above 0 and up to 100 is needed.'),
    ],
    [
      `${explain} --roi_percentile 101`,
      invalid('--roi-percentile <p>', '101', 'A number from 0 to 100 is needed.'),
    ],
    [`${explain} --class disc --top 2`, 'error: --class and --top exclude each other'],
    [`${explain} --top 0`, invalid('--top <n>', '0', 'A whole number >= 1 is needed.')],
    [
      `${explain} --write mask,picture`,
      invalid(
        '--write <kinds>',
        'mask,picture',
        "Some of overlay, levels, mask, cutout, json, figure, pipeline, map, npy, or 'none', are needed, got 'picture'.",
      ),
    ],
    [`${explain} --focal-scope all`, choices('--focal-scope <scope>', 'all', 'global, local')],
    [
      'refine ../good.jpg --high ../high.npy --out out',
      "error: required option '--low <file>' not specified",
    ],
    ['evaluate --data-dir ../data', 'error: a model is needed: --weight-dir FILE'],
    [`${evaluate} half`, 'error: --type half needs --half-weight-dir FILE'],
    [`${evaluate} full --half-weight-dir ../half.onnx`, 'error: --type full needs --weight-dir FILE'],
    [
      `${evaluate} half --half-weight-dir a --weight-dir b`,
      'error: with --type half, --half-weight-dir and --weight-dir exclude each other',
    ],
    [
      `${evaluate} half --half-weight-dir a --top-k 0`,
      invalid('--top-k <k>', '0', 'A whole number >= 1 is needed.'),
    ],
    [
      `${evaluate} half --half-weight-dir a --top-k 1.5`,
      invalid('--top-k <k>', '1.5', 'A whole number >= 1 is needed.'),
    ],
    [`${evaluate} third`, choices('--type <type>', 'third', 'half, full')],
    ['summary', 'error: either a model file or --type half|full is needed'],
    ['summary ../half.onnx --type half', 'error: either a model file or --type half|full is needed'],
    [
      'summary ../half.onnx --num-classes 3',
      'error: --num-classes needs --type: a model file has its own value',
    ],
    [
      'summary --type half --im-size 33',
      invalid('--im-size <n>', '33', 'A multiple of 32 up to 4096 is needed.'),
    ],
    ['synth --out out --classes 4 --test 3', 'error: --test must be at least one scene per class, 4, got 3'],
    ['synth --out out --size 8', invalid('--size <n>', '8', 'A whole number from 32 to 4096 is needed.')],
  ])('hrm %s', async (args, line) => {
    const cwd = emptyFolder();
    expect(await run(cwd, args)).toEqual({ code: 2, stdout: '', stderr: `${line}\n` });
    expect(tree(cwd)).toEqual([]);
  });
});

describe('failures', () => {
  const missingFile = (path: string): string => `${path}: no such file`;
  const wrongKind = (path: string, needed: string, found: string): string =>
    `${path}: a ${needed} model is needed, this is a ${found} model`;
  const noModel = /not an ONNX model/;
  const noPicture = /^error: \.\.\/text.jpg: not a JPEG, PNG, WebP, AVIF, BMP, TIFF, GIF or PNM file/;
  const cutPicture = /^error: \.\.\/cut.jpg: cut short: its last pixels are missing/;

  test.concurrent.each<[string, string | RegExp]>([
    // Data.
    [training('nowhere'), '../nowhere: no such folder'],
    [training('file'), '../file: not a folder'],
    [training('empty'), '../empty: no folder train (the layout is data_dir/{train,test}/CLASS/*.jpg)'],
    [training('no-classes'), '../no-classes/train: no class folders '],
    [training('no-images'), '../no-images/train/void: no images in this class folder '],
    [training('one-class'), '../one-class/train: at least 2 class folders are needed, got 1 (disc)'],
    [
      training('extra-class'),
      '../extra-class/test/void: the class void is not one of the 3 training classes',
    ],
    [`${train} --num-classes 5`, '--num-classes is 5, but ../data/train has 3 class folders'],
    [
      `${evaluate} half --half-weight-dir ../birds.onnx`,
      "../data/test: 3 of 3 folders do not match exactly one of the model's 3 classes: disc, square, triangle; give their classes with --label-map FILE",
    ],
    [
      'evaluate --data-dir ../no-test --type half --half-weight-dir ../half.onnx',
      '../no-test/test: no such folder',
    ],
    // Models.
    [`${explainWith} ../nowhere.onnx`, missingFile('../nowhere.onnx')],
    [`${explainWith} ../data`, '../data: it is a folder'],
    [`${explainWith} ../text.onnx`, noModel],
    [`${explainWith} ../cut.onnx`, noModel],
    [`${explainWith} ../nothing.onnx`, '../nothing.onnx: the file is empty'],
    [`${explainWith} ../good.jpg`, noModel],
    [
      `${explainWith} ../foreign.onnx`,
      /foreign\.onnx: no image classifier: its input is 'x', float32 \[1\]; /,
    ],
    [`${evaluate} half --weight-dir ../full.onnx`, wrongKind('../full.onnx', 'half', 'full')],
    [`${evaluate} full --weight-dir ../half.onnx`, wrongKind('../half.onnx', 'full', 'half')],
    [
      `${evaluate} full --weight-dir ../full.onnx --half-weight-dir ../full.onnx --out out/a`,
      wrongKind('../full.onnx', 'half', 'full'),
    ],
    [
      `${evaluate} full --weight-dir ../full.onnx --half-weight-dir ../birds.onnx --out out/a`,
      '../birds.onnx: its classes (3: duck, swan, tern) are not those of ../full.onnx (3: disc, square, triangle)',
    ],
    [
      `${evaluate} full --weight-dir ../full.onnx --half-weight-dir ../grey.onnx --out out/a`,
      '../grey.onnx: its images have 1 channel, those of ../full.onnx have 3',
    ],
    [`${trainFull} ../full.onnx`, wrongKind('../full.onnx', 'half', 'full')],
    [`${trainFull} ../nowhere.onnx`, missingFile('../nowhere.onnx')],
    [`${trainFull} ../half.onnx --channels 1`, '../half.onnx: --channels must be 3 for this model, got 1'],
    [
      `${trainFull} ../birds.onnx`,
      '../birds.onnx: its classes (3: duck, swan, tern) are not those of ../data/train (3: disc, square, triangle)',
    ],
    ['summary ../nowhere.onnx', missingFile('../nowhere.onnx')],
    ['summary ../cut.onnx', noModel],
    // Classes.
    [`${explain} --class cat`, "class: there is no 'cat'; the classes are disc, square, triangle"],
    [`${explain} --top 4`, 'explain: top must be a whole number from 1 to the number of classes, 3, got 4'],
    [`${explain} --class 3`, 'class: an index from 0 to 2 is needed, got 3'],
    [`${explain} --class -1`, 'class: an index from 0 to 2 is needed, got -1'],
    // Pictures.
    [`${explainOf} ../nowhere.jpg`, missingFile('../nowhere.jpg')],
    [`${explainOf} ../no-images/train/void`, '../no-images/train/void: no pictures in it'],
    [`${explainOf} ../nothing.jpg`, '../nothing.jpg: the file is empty'],
    [`${explainOf} ../text.jpg`, noPicture],
    [`${explainOf} ../cut.jpg`, cutPicture],
    ['refine ../cut.jpg --out out/a --low ../low.npy --high ../high.npy', cutPicture],
    [
      'refine ../low.npy --out out/a --low ../low.npy --high ../high.npy',
      '../low.npy: a picture has whole numbers from 0 to 255, or floats from 0 to 1; this one is float32, from -0.9',
    ],
    [
      'refine ../stack.npy --out out/a --low ../low.npy --high ../high.npy',
      '../stack.npy: a picture is [H, W], [H, W, 1] or [H, W, 3], or channels first, got float32 [2,4,4]',
    ],
    // Maps.
    [`${refine} --low ../nowhere.npy --high ../high.npy`, missingFile('../nowhere.npy')],
    [
      `${refine} --low ../text.jpg --high ../high.npy`,
      '../text.jpg: a map must be a .npy file, a .npz file or a grey PNG',
    ],
    [
      `${refine} --low ../good.jpg --high ../high.npy`,
      '../good.jpg: a map must be a .npy file, a .npz file or a grey PNG',
    ],
    [`${refine} --low ../nothing.jpg --high ../high.npy`, '../nothing.jpg: the file is empty'],
    [
      `${refine} --low ../pickle.npy --high ../high.npy`,
      '../pickle.npy: a Python pickle, which is not supported',
    ],
    [`${refine} --low ../low.npy --high ../maps.npz`, '../maps.npz: it holds several arrays, choose one'],
    [`${refine} --low ../low.npy --high ../maps.npz:x`, "../maps.npz: it holds no array 'x', but low, high"],
    [
      `${refine} --low ../high.npy --high ../low.npy`,
      '../high.npy [32, 32] is larger than ../low.npy [4, 4]',
    ],
    [
      'refine ../wide.npy --out out/a --low ../low.npy --high ../tall.npy',
      '../tall.npy [48, 32] has height and width swapped relative to ../wide.npy [32, 48]',
    ],

    [`${refine} --low ../cut.npy --high ../high.npy`, /^error: \.\.\/cut.npy: .*(cut short|unreadable)/],
    [`${refine} --low ../stack.npy --high ../high.npy`, '../stack.npy: a map [H, W] is needed, got [2,4,4]'],
    [
      `${refine} --low ../low.npy --high ../picture.npy`,
      '../picture.npy: a map [H, W] is needed, got [16,16,3]',
    ],
    [
      `${refine} --low ../nan.npy --high ../high.npy`,
      '../nan.npy: a map has finite values only; 1 of 16 are not (1 NaN, 0 infinite), the first at [1, 1]',
    ],
    [
      `${refine} --low ../flat-low.npy --high ../flat-high.npy`,
      '../flat-low.npy, ../flat-high.npy: both maps are flat, one value everywhere',
    ],
    [
      `${refine} --low ../zero-low.npy --high ../flat-high.npy`,
      'the segment or the low-res map needs a value above 0, both are blank',
    ],
    // Output.
    [`${explain.replace('out/a', '../file')}`, 'cannot write ../file: a file is in the way'],
    [`${explain.replace('out/a', '../file/a')}`, 'cannot write ../file/a: its folder is a file'],
    [
      `${refine.replace('out/a', '../file')} --low ../low.npy --high ../high.npy`,
      'cannot write ../file: a file is in the way',
    ],
    [
      `${evaluate} half --half-weight-dir ../half.onnx --json ../file/a.json`,
      'cannot write ../file: a file is in the way',
    ],
    [
      `${evaluate} half --half-weight-dir ../nowhere.onnx --out ../file`,
      'cannot write ../file: a file is in the way',
    ],
    [
      `${evaluate} half --half-weight-dir ../nowhere.onnx --out out --json ../file/a.json`,
      'cannot write ../file: a file is in the way',
    ],
    ['synth --out ../data', 'the folder is not empty; name a new one, or empty it'],
    ['synth --out ../file', /cannot write .*file: a file is in the way/],
  ])('hrm %s', async (args, message) => {
    const cwd = emptyFolder();
    const { code, stdout, stderr } = await run(cwd, args);
    expect(stderr).toMatch(/^error: .+\n$/); // one line
    if (typeof message === 'string') expect(stderr).toContain(message);
    else expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(tree(cwd)).toEqual([]);
  });

  test.concurrent('only unreadable images: names each and leaves no folder', async () => {
    const cwd = emptyFolder();
    const { code, stderr } = await run(
      cwd,
      training('unreadable').replace('--batch-size 4', '--batch-size 3'),
    );
    const [note, ...lines] = stderr.trimEnd().split('\n');
    expect(note).toMatch(/^the best weights are chosen on /);
    expect(
      lines
        .slice(0, 3)
        .map((line) => line.split(': not a JPEG')[0])
        .sort(),
    ).toEqual(scenes.map((name) => `skipped ../unreadable/train/${name}/text.jpg`));
    expect(lines.slice(3)).toEqual([
      expect.stringMatching(/^error: \.\.\/unreadable\/train: none of the 3 images can be read /),
    ]);
    expect(code).toBe(1);
    expect(tree(cwd)).toEqual([]);
  });

  test.concurrent.each([
    ['results', 'results/a: its folder is a file'],
    ['logs', 'logs/a/x: its folder is a file'],
    ['results/a', 'results/a: a file is in the way'],
  ])('train rejects a file in place of %s', async (path, message) => {
    const cwd = emptyFolder();
    if (path.includes('/')) mkdirSync(join(cwd, 'results'));
    writeFileSync(join(cwd, path), 'mine');
    const before = tree(cwd);
    const { code, stdout, stderr } = await run(cwd, train);
    expect(stderr).toBe(`error: cannot write ${message}\n`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(tree(cwd)).toEqual(before);
  });

  test.concurrent('a failure keeps the earlier results', async () => {
    const cwd = emptyFolder();
    mkdirSync(join(cwd, 'results/a/x'), { recursive: true });
    mkdirSync(join(cwd, 'out'));
    writeFileSync(join(cwd, 'results/a/x/best_weights.onnx'), 'mine');
    expect((await run(cwd, training('unreadable').replace('--batch-size 4', '--batch-size 3'))).code).toBe(1);
    expect((await run(cwd, `${explainOf} ../cut.jpg`)).code).toBe(1);
    expect(tree(cwd)).toEqual([
      'out/',
      'results/',
      'results/a/',
      'results/a/x/',
      'results/a/x/best_weights.onnx',
    ]);
    expect(readFileSync(join(cwd, 'results/a/x/best_weights.onnx'), 'utf8')).toBe('mine');
  });
});

test('explain: explains what it can and names the rest', async () => {
  const cwd = emptyFolder();
  const images = '../cut.jpg ../good.jpg ../nowhere.jpg ../nothing.jpg';
  const { code, stdout, stderr } = await run(cwd, `${explainOf} ${images}`);
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/^error: \.\.\/cut.jpg: /),
    'error: ../nowhere.jpg: no such file',
    'error: ../nothing.jpg: the file is empty',
    'error: 3 of 4 pictures could not be explained',
    '',
  ]);
  expect(stdout).toMatch(/^good {5}\w+ [\d.]+ %, .*\nresults are in out\/a\n$/);
  expect(code).toBe(1);
  expect(tree(join(cwd, 'out/a'))).toEqual(
    ['cutout.png', 'figure.png', 'json', 'mask.png', 'overlay.png'].map((kind) => `good.${kind}`),
  );
});

test('refine: reports a flat map', async () => {
  const cwd = emptyFolder();
  const { code, stdout, stderr } = await run(cwd, `${refine} --low ../low.npy --high ../flat-high.npy`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/\(flat, one value everywhere: high-res map/);
  expect(JSON.parse(readFileSync(join(cwd, 'out/a/good.json'), 'utf8')).flat_maps).toContain('high');
});

test('refine: reports assumptions about arrays and unlikely values', async () => {
  const cwd = emptyFolder();
  const args = 'refine ../wide.npy --out out/a --low ../low.npy --high ../maps.npz:high';
  const { code, stdout, stderr } = await run(cwd, args);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'wide: results are in out/a\n' });
  expect(stderr).toMatch(/^..\/wide.npy: float32 from 0 to 0.979\d* is read as a picture with 1 as white\n$/);
  const odd = await run(cwd, 'refine ../wide.npy --out out/b --low ../low.npy --high ../odd.npy');
  expect(odd.stderr).toContain('../odd.npy [32, 40] has other proportions than ../wide.npy [32, 48]');
  expect(JSON.parse(readFileSync(join(cwd, 'out/b/wide.json'), 'utf8')).map_size).toEqual([40, 32]);
});

describe('--verbose', () => {
  const trace = /\n\s+at .+\.js:\d+:\d+/;

  test.concurrent.each(['summary ../nowhere.onnx --verbose', '--verbose summary ../nowhere.onnx'])(
    'hrm %s prints where the error was thrown',
    async (args) => {
      const { code, stderr } = await run(emptyFolder(), args);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error: \.\.\/nowhere.onnx: no such file\n/);
      expect(stderr).toMatch(trace);
      expect(stderr).toContain('ENOENT'); // the cause
    },
  );
});
