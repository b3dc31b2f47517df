/** `hrm evaluate` and `hrm localise` of a classifier of another program, on folders that are called as they like. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPicture } from '../src/data/picture/decode.ts';
import { encodePng } from '../src/data/picture/write-picture.ts';
import { type Tensor, tensor } from '../src/tensor/tensor.ts';
import { hrm, hrmOutput, newFolder, type Run } from './helpers/cli.ts';
import { foreignOnnx, node } from './helpers/foreign-onnx.ts';

const cwd = newFolder();
const read = (path: string): string => readFileSync(join(cwd, path), 'utf8');
const json = (path: string) => JSON.parse(read(path));
const names = ['crimson red', 'lime', 'navy', 'grey'];
const colours = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [100, 100, 100],
] as const;
const [width, height] = [48, 32];

/** Sees how much more of one colour than of the others there is, in blocks of 4 x 4 pixels; what is like no colour is grey. */
function kernel(): Tensor<'float32'> {
  const out = tensor('float32', [4, 3, 4, 4]);
  for (let i = 0; i < 3 * 3 * 16; i++) {
    const [of, channel] = [Math.floor(i / 48), Math.floor(i / 16) % 3];
    out.data[i] = (of === channel ? 1 : -0.5) / 16;
  }
  return out;
}

/** With a linear head, which takes pictures of any size; or one that weighs each place by itself, at 32 pixels. */
function classifier(head: 'linear' | 'other'): Uint8Array {
  const features = [
    node('Conv', ['x', 'kernel', 'bias'], ['found'], { strides: [4, 4], kernel_shape: [4, 4] }),
    node('Relu', ['found'], ['maps']),
  ];
  const linear = [
    node('GlobalAveragePool', ['maps'], ['means']),
    node('Flatten', ['means'], ['flat']),
    node('MatMul', ['flat', 'weights'], ['logits']),
  ];
  const other = [node('Flatten', ['maps'], ['flat']), node('MatMul', ['flat', 'weights'], ['logits'])];
  const places = head === 'linear' ? 1 : 64;
  const weights = tensor('float32', [4 * places, 4]);
  for (let i = 0; i < 4 * places; i++) {
    // The places of the right half count a little less.
    weights.data[4 * i + Math.floor(i / places)] = (40 - (i % 8)) / places;
  }
  return foreignOnnx({
    inputs: { x: head === 'linear' ? ['N', 3, 'H', 'W'] : [1, 3, 32, 32] },
    nodes: [...features, ...(head === 'linear' ? linear : other)],
    outputs: ['logits'],
    initializers: { kernel: kernel(), bias: tensor('float32', [4], Float32Array.of(0, 0, 0, 0.05)), weights },
  });
}

/** A grey picture with a square of a colour, 12 pixels wide, and where it is. */
async function put(data: string, folder: string, name: string, colour: number, x0: number): Promise<void> {
  const picture = tensor('uint8', [height, width, 3], new Uint8Array(3 * height * width).fill(100));
  const mask = tensor('uint8', [height, width, 1]);
  for (let y = 8; y < 20; y++) {
    for (let x = x0; x < x0 + 12; x++) {
      picture.data.set(colours[colour], 3 * (y * width + x));
      mask.data[y * width + x] = 255;
    }
  }
  for (const [kind, content] of [
    ['test', picture],
    ['masks/test', mask],
  ] as const) {
    mkdirSync(join(cwd, data, kind, folder), { recursive: true });
    writeFileSync(join(cwd, data, kind, folder, `${name}.png`), await encodePng(content));
  }
}

beforeAll(async () => {
  writeFileSync(join(cwd, 'linear.onnx'), classifier('linear'));
  writeFileSync(join(cwd, 'other.onnx'), classifier('other'));
  writeFileSync(join(cwd, 'names.txt'), names.join('\n'));
  for (const [folder, colour] of [
    ['Crimson_Red', 0],
    ['lime', 1],
    ['navy', 2],
  ] as const) {
    for (const [i, x0] of [4, 20, 32].entries()) await put('named', folder, `${folder}-${i}`, colour, x0);
  }
  // Folders that are called like no class, and of two, the pictures are of one class.
  for (const [folder, colour] of [0, 1, 2, 3, 0].entries()) {
    for (const x0 of [4, 20]) await put('mosaics', `kind ${folder}`, `x${x0}`, colour, x0);
  }
  await put('grouped', 'warm', 'red', 0, 4);
  await put('grouped', 'warm', 'wrong', 2, 20);
  await put('grouped', 'cold', 'green', 1, 20);
  await put('grouped', 'cold', 'blue', 2, 32);
  writeFileSync(join(cwd, 'map.txt'), 'warm: crimson-red\ncold: lime, navy\n');
  writeFileSync(join(cwd, 'map.json'), '{"warm": 0, "cold": ["lime", "Navy"]}');
});
afterAll(() => rmSync(cwd, { recursive: true }));

const model = ['--preprocess', '0-1', '--classes', 'names.txt', '--im-size', '32'];
const linear = ['--weight-dir', 'linear.onnx', ...model];

describe('evaluate', () => {
  test('matches folders to classes in common spellings, and detects the kind of file', async () => {
    const run = await hrm(cwd, 'evaluate', '--data-dir', 'named', ...linear, '--json', 'named.json');
    expect(run.code).toBe(0);
    expect(run.stderr).toContain('folders matched with classes: Crimson_Red = crimson red\n');
    expect(run.stdout).toMatch(/^linear.onnx \(half\) on named\/test\n/);
    expect(json('named.json')).toMatchObject({ accuracy: 1, type: 'half' });
    expect(json('named.json').classes.map(({ name }: { name: string }) => name)).toEqual(names);
    expect(json('named.json').images[0].probabilities).toHaveLength(4);
  });

  test.each(['map.txt', 'map.json'])('several classes per folder, by %s: figures per folder', async (map) => {
    const options = ['--label-map', map, '--out', `out-${map}`];
    const text = await hrmOutput(cwd, 'evaluate', '--data-dir', 'grouped', ...linear, ...options);
    expect(text).toContain('accuracy 75.00 %');
    const found = json(`out-${map}/evaluation.json`);
    expect(found.classes.map(({ name }: { name: string }) => name)).toEqual(['cold', 'warm', 'other']);
    expect(found.confusion).toEqual([
      [2, 0, 0],
      [1, 1, 0],
      [0, 0, 0],
    ]);
    // A blue square in the folder of red ones; grey is a class of no folder.
    const wrong = found.images.find(({ image }: { image: string }) => image.endsWith('wrong.png'));
    expect(wrong).toMatchObject({ label: 1, prediction: 0, rank: 3 });
    const [cold, warm, other] = wrong.probabilities;
    expect(cold).toBeGreaterThan(other);
    expect(other).toBeGreaterThan(warm);
    const page = read(`out-${map}/evaluation.html`);
    expect(page).toContain('predicted <b class="wrong">cold (navy)</b>');
    expect(page).toContain('truly <b>warm (crimson red)</b>');
    expect(read(`out-${map}/predictions.csv`)).toContain('p(cold),p(warm),p(other)');
  });

  test('rejects folders without a matching class', async () => {
    expect(await hrm(cwd, 'evaluate', '--data-dir', 'grouped', ...linear)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /error: grouped\/test: 2 of 2 folders do not match exactly one of the model's 4 classes: cold, warm; give their classes with --label-map FILE\n$/,
      ),
    });
  });

  test('a model with --fit crop sees the middle', async () => {
    const options = ['--fit', 'crop', '--json', 'crop.json'];
    const text = await hrmOutput(cwd, 'evaluate', '--data-dir', 'named', ...linear, ...options);
    expect(text).toMatch(
      /^linear.onnx \(half\) on named\/test: the middle of each picture, 87.5 % of its shorter side\n/,
    );
    const { images, crop } = json('crop.json');
    expect(crop).toBe(0.875);
    // Of 48 pixels it sees those from 10 to 38: all of the square in the middle, half of the others.
    const [left, middle] = images.map(({ probabilities }: { probabilities: number[] }) => probabilities[0]);
    expect(middle).toBeGreaterThan(left);
  });
});

describe('localise', () => {
  const quick = ['--eval-size', '64', '--resamples', '20', '--faithfulness', '0'];
  const localise = (data: string, ...args: string[]): Promise<Run> =>
    hrm(cwd, 'localise', '--data-dir', data, ...quick, ...args);

  test("measures a classifier's map and its refinement at its size and another one", async () => {
    for (const size of ['32', '64']) {
      const at = ['--im-size', size, '--json', `at-${size}.json`];
      const options = ['--weight-dir', 'linear.onnx', '--preprocess', '0-1', '--classes', 'names.txt'];
      const { code, stdout, stderr } = await localise('named', ...options, ...at);
      expect([code, stderr]).toEqual([0, expect.stringContaining('Crimson_Red = crimson red')]);
      expect(stdout).toContain('top-1 accuracy 100.0 %; maps are of the true class; ');
      const { methods, images } = json(`at-${size}.json`);
      expect(methods.map(({ name }: { name: string }) => name)).toEqual([
        'center-prior',
        'low-res',
        'low-res-ideal',
        'refined',
      ]);
      for (const { name, scores } of methods)
        expect([name, scores.pointing >= 0.9]).toEqual([name, name !== 'center-prior']);
      expect(images[0]).toMatchObject({ label: 0, prediction: 0, explained: 'crimson red' });
    }
    // The map has a cell for each 4 pixels: the truth at its size is finer at 64.
    const ideal = (size: number): number => json(`at-${size}.json`).methods[2].scores.pxap;
    expect(ideal(64)).toBeGreaterThan(ideal(32));
  });

  test('measures maps of the predicted class, whatever the folder names', async () => {
    const options = ['--class-from', 'predicted', '--out', 'predicted', '--faithfulness', '2'];
    const { code, stdout } = await localise('grouped', ...linear, ...options);
    expect(code).toBe(0);
    expect(stdout).toContain('\nmaps are of the predicted class; in per cent');
    const { images, accuracy, classes, classFrom } = json('predicted/localisation.json');
    expect([accuracy, classes, classFrom]).toEqual([undefined, ['cold', 'warm'], 'predicted']);
    expect(images.map(({ explained }: { explained: string }) => explained)).toEqual([
      'navy',
      'lime',
      'crimson red',
      'navy',
    ]);
    const page = read('predicted/localisation.html');
    expect(page).toContain('the map of the predicted class agrees');
    expect(page).toContain('Folder by folder');
    expect(read('predicted/images.csv')).toContain('grouped/test/warm/wrong.png,warm,navy,navy,');
  });

  test("mosaics of the predicted classes: evidence is on the class's own photograph", async () => {
    const options = ['--class-from', 'predicted', '--grid', '2', '--sure', '1', '--json', 'mosaics.json'];
    const { code, stdout } = await localise('mosaics', ...linear, ...options, '--methods', 'grad-cam');
    expect(code).toBe(0);
    // There are two grey ones.
    expect(stdout).toContain(
      '\ngrid pointing game: 2 mosaics (60 were requested, but there were not enough photographs of different classes) of 2 x 2 photographs, ' +
        '8 of the 10 most confident of 10, each with a probability of at least ',
    );
    const { grid } = json('mosaics.json');
    for (const mosaic of grid.mosaics) {
      expect(mosaic.map(({ explained }: { explained: string }) => explained).sort()).toEqual(
        [...names].sort(),
      );
      for (const { explained, share, peak } of mosaic) {
        for (const method of ['low-res', 'grad-cam']) {
          if (explained === 'grey') expect(share[method]).toBeLessThan(0.5);
          else expect([share[method] > 0.9, peak[method]]).toEqual([true, true]);
        }
      }
    }
    expect((await localise('named', ...linear, ...options)).stderr).toMatch(
      /error: named\/test: --grid 2 needs photographs of 4 classes; the 9 most probable of 9 photographs are of 3 classes\n$/,
    );
  });

  test('with several classes per folder, explains the most probable one', async () => {
    const options = ['--label-map', 'map.json', '--methods', 'centered-cam', '--json', 'map-out.json'];
    expect(await localise('grouped', ...linear, ...options)).toMatchObject({ code: 0 });
    const { images, accuracy, classes } = json('map-out.json');
    expect([accuracy, classes]).toEqual([0.75, ['cold', 'warm', 'other']]);
    expect(images.map((one: Record<string, unknown>) => [one.label, one.prediction, one.explained])).toEqual([
      [0, 0, 'navy'],
      [0, 0, 'lime'],
      [1, 1, 'crimson red'],
      [1, 0, 'crimson red'],
    ]);
  });

  test('reports what cannot be measured', async () => {
    const error = async (...args: string[]): Promise<string> => (await localise('grouped', ...args)).stderr;
    expect(await error(...linear)).toMatch(
      /: cold, warm; give their classes with --label-map FILE, or use --class-from predicted\n$/,
    );
    expect(await error(...linear, '--fit', 'crop')).toMatch(
      /error: linear.onnx: its input is only the centre of each picture, but masks and boxes are of whole pictures; import it again with --fit squash\n$/,
    );
    const other = ['--weight-dir', 'other.onnx', ...model, '--class-from', 'predicted'];
    expect(await error(...other, '--label-map', 'map.txt')).toBe(
      'error: --label-map needs --class-from folder\n',
    );
    expect(await error(...other, '--methods', 'centered-cam')).toMatch(
      /error: centered-cam: needs a classifier that is linear in the means of its feature maps; /,
    );
  });

  test('a non-linear head: its own map, and methods with gradients', async () => {
    const other = ['--weight-dir', 'other.onnx', ...model, '--class-from', 'predicted'];
    const options = ['--methods', 'grad-cam,refined', '--json', 'other.json'];
    expect(await localise('named', ...other, ...options)).toMatchObject({ code: 0 });
    const { methods } = json('other.json');
    expect(methods.map(({ name }: { name: string }) => name)).toEqual([
      'center-prior',
      'low-res',
      'low-res-ideal',
      'grad-cam',
      'refined',
    ]);
    for (const { name, scores } of methods.slice(1)) expect([name, scores.pointing]).toEqual([name, 1]);
  });
});

test('explain reports the part of the picture that is mapped, and that there is one map', async () => {
  const picture = 'named/test/lime/lime-1.png';
  const text = await hrmOutput(
    cwd,
    'explain',
    picture,
    ...linear,
    '--fit',
    'crop',
    '--out',
    'middle',
    '--svg',
    '--write',
    'json,mask,figure,pipeline',
  );
  expect(text).toContain('(of the middle, x 10 to 38, y 2 to 30)');
  expect(json('middle/lime-1.json')).toMatchObject({ covers: [10, 2, 38, 30], map_size: [32, 32] });
  const drawn = (kind: string): string => read(`middle/lime-1.${kind}.svg`).replace(/<[^>]*>\s*/g, ' ');
  const middle = /The middle of the picture: x 10 to 38, y 2 to 30 of its pixels\./;
  expect(drawn('figure').replace(/\s+/g, ' ')).toMatch(middle);
  // The picture is 48 x 32 pixels: the mask is of all of it, and empty outside the middle.
  const mask = await readPicture(join(cwd, 'middle/lime-1.mask.png'), { channels: 1 });
  expect(mask.shape).toEqual([32, 48, 1]);
  const found = [...mask.data.keys()]
    .filter((i) => mask.data[i] > 0)
    .map((i) => [i % 48, Math.floor(i / 48)]);
  expect(found.length).toBeGreaterThan(0);
  expect(found.every(([x, y]) => x >= 10 && x < 38 && y >= 2 && y < 30)).toBe(true);
  expect(drawn('pipeline').replace(/\s+/g, ' ')).toMatch(middle);
  expect(drawn('pipeline')).toContain('High-resolution CAM: the low-resolution one, enlarged, since');
  const whole = await hrm(cwd, 'explain', picture, ...linear, '--out', 'whole');
  expect(whole.stderr).toMatch(
    /note: the classifier's map has 8 x 8 places and was enlarged; 'hrm train full [^']+' trains a finer one/,
  );
  expect(json('whole/lime-1.json').covers).toBeUndefined();
});
