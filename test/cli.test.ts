/** The commands' main paths, end to end; `cli-errors.test.ts` has what goes wrong. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeModel } from '../src/models/model-file.ts';
import { decodeNpy } from '../src/tensor/npy.ts';
import { best, hrm, hrmOutput, hrmProcess, newFolder, tree } from './helpers/cli.ts';

const cwd = newFolder();
const run = (...args: string[]): Promise<string> => hrmOutput(cwd, ...args);
const words = (text: string): string[] => text.split(' ');
const bytes = (path: string): Uint8Array => new Uint8Array(readFileSync(join(cwd, path)));
const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.prototype.every.call(a, (value, i) => value === b[i]);
const json = (path: string) => JSON.parse(readFileSync(join(cwd, path), 'utf8'));
const npy = (path: string) => decodeNpy(bytes(path), path);

const scenes = ['disc', 'square', 'triangle'];
const small = words('--data-dir data --batch-size 4');
const printed: Record<string, string> = {};

beforeAll(async () => {
  printed.synth = await run('synth', '--out', 'data', ...words('--classes 3 --train 12 --test 6 --size 32'));
  const half = words('--data_dir data --batch_size=4 --epochs 2 --im_size 32 --num_classes=3 --seed 7');
  printed.half = await run('train', 'half', ...half, '--results_name', 'my_shapes/half');
  const full = words('--epochs 1 --results-name my_shapes/full');
  printed.full = await run('train', 'full', ...small, ...full, `--half_weight_dir=${best('my_shapes/half')}`);
});
afterAll(() => rmSync(cwd, { recursive: true }));

describe.concurrent('help', () => {
  test.each([
    ['--help', /^Usage: hrm \[options\] \[command\]\n.*synth.*train.*evaluate.*explain.*refine.*summary/s],
    ['train --help', /^Usage: hrm train .*half .*full /s],
    [
      'train full --help',
      /^Usage: hrm train full --data-dir DIR --results-name NAME --half-weight-dir FILE \[options\]\n.*--resume.*--json-lines.*interrupted/s,
    ],
    ['explain --help', /^Usage: hrm explain IMAGE\.\.\. --out DIR .*--roi-percentile <p>.*default: 85/s],
    ['help refine', /^Usage: hrm refine IMAGE /],
    ['--version', /^\d+\.\d+\.\d+\n$/],
  ])('hrm %s', async (args, text) => {
    expect(await hrmProcess(cwd, ...words(args))).toEqual({
      code: 0,
      stdout: expect.stringMatching(text),
      stderr: '',
    });
  });

  test('hrm alone prints the help as an error', async () => {
    const { code, stdout, stderr } = await hrmProcess(cwd);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(await run('--help'));
  });
});

test('synth writes folders of scenes, masks and boxes', () => {
  expect(printed.synth).toMatch(
    /^12 training and 6 test scenes of 3 classes \(disc, square, triangle\), 32 x 32 pixels, /,
  );
  const images = tree(join(cwd, 'data')).filter((path) => path.endsWith('.jpg'));
  expect(images.length).toBe(18);
  expect(Object.keys(json('data/boxes.json')).sort()).toEqual(images);
  expect(tree(join(cwd, 'data/masks')).filter((path) => path.endsWith('.png')).length).toBe(18);
});

describe.concurrent('train', () => {
  test('writes weights, history and logs, and no other file', () => {
    const folders = ['', 'full/', 'half/'].map((folder) => `my_shapes/${folder}`);
    const inEach = (...files: string[]) =>
      [
        ...folders,
        ...['full', 'half'].flatMap((name) => files.map((file) => `my_shapes/${name}/${file}`)),
      ].sort();
    expect(tree(join(cwd, 'results')).filter((path) => path.startsWith('my_shapes'))).toEqual(
      inEach(
        'best_weights.onnx',
        'checkpoint.ckpt',
        'history.csv',
        'history.json',
        'last_weights.onnx',
        'report.html',
      ),
    );
    expect(tree(join(cwd, 'logs')).filter((path) => path.startsWith('my_shapes'))).toEqual(
      inEach('events.out.tfevents.*'),
    );
  });

  test('reports progress epoch by epoch', () => {
    expect(printed.half.split('\n')).toEqual([
      'train half: 12 images of 3 classes, validated on 6; 32 x 32, batch 4, 2 epochs, device cpu',
      expect.stringMatching(
        /^epoch 1\/2 {2}loss [\d.]+, accuracy [\d.]+ % {2}validation: loss [\d.]+, accuracy [\d.]+ % {2}\d+ s, [\d.]+ images\/s, data \d+ % {2}\(best\)$/,
      ),
      expect.stringMatching(/^epoch 2\/2 {2}loss /),
      expect.stringMatching(
        /^done in \d+ s; the best weights, of epoch [12]: results\/my_shapes\/half\/best_weights.onnx$/,
      ),
      'the report, for a browser: results/my_shapes/half/report.html',
      '',
    ]);
    expect(printed.full).toMatch(
      /^train full: 12 images of 3 classes; 32 x 32, batch 4, 1 epoch, device cpu\n/,
    );
  });

  test('the history has every epoch', () => {
    const { type, epochs } = json('results/my_shapes/half/history.json');
    expect(type).toBe('half');
    expect(epochs.map(({ epoch }: { epoch: number }) => epoch)).toEqual([1, 2]);
    expect(Object.keys(epochs[0]).sort()).toEqual(
      words('accuracy dataWait epoch imagesPerSecond learningRate loss seconds valAccuracy valLoss'),
    );
  });

  test('the report has the curves, the scores and the pictures', () => {
    const page = readFileSync(join(cwd, 'results/my_shapes/half/report.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/i);
    for (const text of ['Training of my_shapes/half', 'Loss by epoch', 'triangle', 'batch-size']) {
      expect(page).toContain(text);
    }
    expect(page.match(/low-resolution map of/g)?.length).toBe(6);
    const full = readFileSync(join(cwd, 'results/my_shapes/full/report.html'), 'utf8');
    expect(full).toContain('high-resolution map of');
    const rows = readFileSync(join(cwd, 'results/my_shapes/half/history.csv'), 'utf8').split('\r\n');
    expect(rows.length).toBe(4);
    expect(rows[0]).toMatch(/^epoch,loss,/);
  });

  test('the model file has classes, size and training', () => {
    const model = decodeModel(bytes('results/my_shapes/half/last_weights.onnx'), 'last', 'half');
    expect(model).toMatchObject({ type: 'half', classes: scenes, imSize: 32, channels: 3 });
    expect(model.training).toMatchObject({ epochs: 2, epoch: 2, batchSize: 4, seed: 7 });
    expect(decodeModel(bytes(best('my_shapes/full')), 'full').type).toBe('full');
  });

  test('trains a full model from a half model', async () => {
    const from = best('my_shapes/half');
    const options = words('--epochs 1 --learning-rate 0 --results-name on');
    expect(await run('train', 'half', ...small, ...options, '--half-weight-dir', from)).toContain(
      '32 x 32, ',
    );
    const [before, after] = [from, best('on')].map((path) => decodeModel(bytes(path), path).weights);
    for (const [name, weight] of before) {
      if (name.includes('/moving_')) continue;
      expect(same(after.get(name)?.data ?? [], weight.data), name).toBe(true);
    }
  });

  test('accepts grey images and a data set without test images', async () => {
    cpSync(join(cwd, 'data/train'), join(cwd, 'grey/train'), { recursive: true });
    const options = words('--data-dir grey --batch-size 6 --epochs 1');
    expect(
      await run('train', 'half', ...options, ...words('--im-size 32 --channels 1 --results-name grey/half')),
    ).toContain('12 images of 3 classes, not validated (grey has no folder test); ');
    const from = ['--half-weight-dir', best('grey/half')];
    await run('train', 'full', ...options, ...from, '--results-name', 'grey/full');
    expect(decodeModel(bytes(best('grey/full')), 'grey').channels).toBe(1);
    const picture = 'data/test/disc/disc-0001.jpg';
    await run('explain', picture, '--weight-dir', best('grey/full'), '--out', 'grey/out');
    expect(json('grey/out/disc-0001.json').predictions.length).toBe(3);
  });

  test('names, counts and leaves out unreadable images', async () => {
    cpSync(join(cwd, 'data'), join(cwd, 'damaged'), { recursive: true });
    const scene = readFileSync(join(cwd, 'data/train/disc/disc-0001.jpg'));
    writeFileSync(join(cwd, 'damaged/train/disc/cut.jpg'), scene.subarray(0, scene.length / 2));
    writeFileSync(join(cwd, 'damaged/train/square/empty.png'), '');
    writeFileSync(join(cwd, 'damaged/train/square/text.JPEG'), 'text');
    writeFileSync(join(cwd, 'damaged/train/square/notes.txt'), 'no image, and none to name');
    const options = words('--data-dir damaged --batch-size 4 --epochs 2 --im-size 32 --results-name damaged');
    const { code, stdout, stderr } = await hrm(cwd, 'train', 'half', ...options);
    expect(code).toBe(0);
    // Where an epoch takes long there are lines of it, too.
    const skipped = stderr.split('\n').filter((line) => line.startsWith('skipped '));
    expect(skipped.sort()).toEqual([
      expect.stringMatching(/^skipped damaged\/train\/disc\/cut.jpg: cut short: its last pixels are missing/),
      'skipped damaged/train/square/empty.png: the file is empty',
      expect.stringMatching(/^skipped damaged\/train\/square\/text.JPEG: not a JPEG, /),
    ]);
    expect(stdout).toContain('\n3 unreadable images skipped; see results/damaged/unreadable.txt\n');
    const list = readFileSync(join(cwd, 'results/damaged/unreadable.txt'), 'utf8').split('\n');
    expect(list).toEqual([
      expect.stringMatching(/^train\/disc\/cut.jpg\t/),
      'train/square/empty.png\tthe file is empty',
      expect.stringMatching(/^train\/square\/text.JPEG\tnot a JPEG, /),
      '',
    ]);
    expect(json('results/damaged/history.json').epochs.length).toBe(2);
  });
});

describe.concurrent('evaluate', () => {
  test('half and full model agree bit for bit on every image', async () => {
    const data = words('--data-dir data --type');
    const half = await run(
      'evaluate',
      ...data,
      'half',
      '--half_weight_dir',
      best('my_shapes/half'),
      '--json',
      'eval/half.json',
    );
    const full = await run(
      'evaluate',
      ...data,
      'full',
      '--weight_dir',
      best('my_shapes/full'),
      '--json',
      'eval/full.json',
    );
    expect(half).toMatch(/^results\/.*\(half\) on data\/test\n +precision +recall +F1 +images\n/);
    const lines = (text: string) => text.split('\n').slice(1, -3);
    expect(lines(full)).toEqual(lines(half));
    const [a, b] = [json('eval/half.json'), json('eval/full.json')];
    expect(a.images.length).toBe(6);
    expect(a.images[0].probabilities.length).toBe(3);
    expect(b.images).toEqual(a.images);
    expect(b.loss).toBe(a.loss);
    const right = a.images.filter(
      (one: { label: number; prediction: number }) => one.label === one.prediction,
    );
    expect(a.accuracy).toBe(right.length / 6);
    expect(a.micro).toEqual({ precision: a.accuracy, recall: a.accuracy, f1: a.accuracy });
    expect(a.classes.map(({ name, support }: { name: string; support: number }) => [name, support])).toEqual(
      scenes.map((name) => [name, 2]),
    );
    expect(a.skipped).toEqual({});
  });

  test('--out writes a page, tables and JSON, and compares half and full in one pass', async () => {
    const models = ['--weight-dir', best('my_shapes/full'), '--half-weight-dir', best('my_shapes/half')];
    const options = words(
      '--data-dir data --type full --top-k 2 --batch-size 4 --out eval/all --json eval/j.json',
    );
    const out = await run('evaluate', ...options, ...models);
    expect(out).toMatch(
      /\nconfusion matrix: .*\naccuracy [\d.]+ %, top-2 accuracy [\d.]+ %, cross-entropy [\d.]+, [\d.]+ images\/s\n/s,
    );
    const told = 'half and full: 6 of 6 predictions agree, largest difference of a probability 0';
    expect(out).toContain(`\n${told}\nnote: the 6 images used to choose this model's best weights`);
    expect(out).toContain('\nthe page, for a browser: eval/all/evaluation.html\n');
    expect(tree(join(cwd, 'eval/all'))).toEqual(
      words('classes.csv confusion.csv evaluation.html evaluation.json predictions.csv summary.csv'),
    );
    expect(bytes('eval/all/evaluation.json')).toEqual(bytes('eval/j.json'));
    const { topK, halfAndFull, accuracy, images } = json('eval/j.json');
    const half = best('my_shapes/half');
    expect(halfAndFull).toEqual({ half, images: 6, agreeing: 6, largestDifference: 0 });
    const within = (k: number): number => images.filter(({ rank }: { rank: number }) => rank <= k).length / 6;
    expect([accuracy, topK]).toEqual([within(1), { k: 2, accuracy: within(2) }]);
    const rows = readFileSync(join(cwd, 'eval/all/predictions.csv'), 'utf8').split('\r\n');
    expect(rows.length).toBe(8);
    expect(rows[0]).toBe('image,label,prediction,correct,rank,p(disc),p(square),p(triangle)');
    expect(rows[1]).toMatch(/^data\/test\/disc\/disc-0001.jpg,disc,\w+,(true|false),[123](,[\d.e-]+){3}$/);
    const page = readFileSync(join(cwd, 'eval/all/evaluation.html'), 'utf8');
    expect(page).toContain(`H${told.slice(1)}.`);
    const wrong = Math.round(6 * (1 - accuracy));
    expect(page.match(/high-resolution map of \w+"/g)?.length).toBe(wrong);
    expect(page.match(/low-resolution map of \w+"/g)?.length).toBe(2 * wrong);
  });

  test('needs no training images, and counts unreadable ones', async () => {
    cpSync(join(cwd, 'data/test'), join(cwd, 'tests/test'), { recursive: true });
    writeFileSync(join(cwd, 'tests/test/disc/empty.jpg'), '');
    const options = words(
      '--data-dir tests --type half --json eval/tests.json --out eval/tests --half-weight-dir',
    );
    const { code, stdout, stderr } = await hrm(cwd, 'evaluate', ...options, best('my_shapes/half'));
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'skipped tests/test/disc/empty.jpg: the file is empty\n',
    });
    expect(stdout).toContain('\n1 unreadable image skipped\n');
    expect(stdout).toContain(', top-3 accuracy 100.00 %, '); // five of three
    const page = readFileSync(join(cwd, 'eval/tests/evaluation.html'), 'utf8');
    expect(page).toContain('<code>tests/test/disc/empty.jpg</code> the file is empty');
    expect(json('eval/tests.json').skipped).toEqual({ 'tests/test/disc/empty.jpg': 'the file is empty' });
    expect(json('eval/tests.json').images.length).toBe(6);
  });
});

describe.concurrent('explain', () => {
  const pictures = ['data/test/disc/disc-0001.jpg', 'data/test/square/square-0002.jpg'];
  const maps = words(
    'blurred edges focal_points full_segment high_cam kept low_cam low_resized merged roi segmented',
  );

  test('writes figures, JSON and maps of each picture', async () => {
    const model = ['--weight-dir', best('my_shapes/full')];
    const out = await run(
      'explain',
      ...pictures,
      ...model,
      ...words('--out out/all --npy --svg --roi_percentile 70 --refiner regions --write'),
      'overlay,mask,cutout,json,figure,pipeline',
    );
    const names = ['disc-0001', 'square-0002'];
    expect(out).toMatch(
      /^disc-0001 {4}\w+ [\d.]+ %, \w+ [\d.]+ %, \w+ [\d.]+ %\nsquare-0002 {2}.*\nresults are in out\/all\n$/,
    );
    const figures = words(
      'cutout.png figure.png figure.svg json mask.png overlay.png pipeline.png pipeline.svg',
    );
    const files = [...figures, ...maps.map((map) => `${map}.npy`)];
    expect(tree(join(cwd, 'out/all'))).toEqual(
      names.flatMap((name) => files.map((file) => `${name}.${file}`)).sort(),
    );
    for (const name of names) {
      expect(npy(`out/all/${name}.low_cam.npy`).shape).toEqual([2, 2]);
      for (const map of ['high_cam', 'merged', 'kept']) {
        expect(npy(`out/all/${name}.${map}.npy`).shape).toEqual([32, 32]);
      }
      expect((await sharp(join(cwd, `out/all/${name}.pipeline.png`)).metadata()).width).toBeGreaterThan(500);
      expect(readFileSync(join(cwd, `out/all/${name}.figure.svg`), 'utf8')).toMatch(/^<svg /);
    }
    const { image, model: file, predictions, explained_class, options } = json('out/all/disc-0001.json');
    expect({ image, file }).toEqual({ image: pictures[0], file: best('my_shapes/full') });
    expect(predictions.map(({ name }: { name: string }) => name).sort()).toEqual(scenes);
    expect(explained_class).toEqual(predictions[0]);
    expect(options).toMatchObject({ roiPercentile: 70, mergeAlpha: 0.5 });
  });

  test('accepts a class by name and by index, including class 0', async () => {
    const explain = (out: string, choice: string) =>
      run(
        'explain',
        pictures[0],
        '--weight-dir',
        best('my_shapes/full'),
        ...words(`--npy --out ${out} --class`),
        choice,
      );
    await explain('out/disc', 'disc');
    await explain('out/0', '0');
    await explain('out/triangle', 'triangle');
    const disc = json('out/disc/disc-0001.json');
    expect(disc.explained_class).toMatchObject({ index: 0, name: 'disc' });
    expect(json('out/0/disc-0001.json')).toEqual(disc);
    const triangle = json('out/triangle/disc-0001.json');
    expect(triangle.explained_class).toMatchObject({ index: 2, name: 'triangle' });
    expect(triangle.predictions).toEqual(disc.predictions);
    const [a, b] = ['disc', 'triangle'].map((name) => npy(`out/${name}/disc-0001.high_cam.npy`));
    expect(b).not.toEqual(a);
  });

  test('several classes: one JSON, one figure, results for each class', async () => {
    const explain = (out: string, ...asked: string[]) =>
      run('explain', pictures[0], '--weight-dir', best('my_shapes/full'), '--out', out, ...asked);
    const out = await explain('out/two', ...words('--class square --class disc --write mask,json,figure'));
    expect(out).toMatch(/explained: square [\d.]+ %, disc [\d.]+ %/);
    expect(tree(join(cwd, 'out/two'))).toEqual(
      words('disc-0001.disc.mask.png disc-0001.figure.png disc-0001.json disc-0001.square.mask.png'),
    );
    const { classes, predictions } = json('out/two/disc-0001.json');
    expect(classes.map((one: { explained_class: { name: string } }) => one.explained_class.name)).toEqual([
      'square',
      'disc',
    ]);
    expect(classes[0]).toMatchObject({ map_size: [32, 32], picture_size: [32, 32] });
    await explain('out/top', ...words('--top 2 --write json'));
    const { classes: top } = json('out/top/disc-0001.json');
    expect(top.map((one: { explained_class: unknown }) => one.explained_class)).toEqual(
      predictions.slice(0, 2),
    );
    expect(tree(join(cwd, 'out/top'))).toEqual(['disc-0001.json']);
  });

  test('a large picture: mask, cut-out, overlay and box have its own size', async () => {
    const [height, width] = [150, 260];
    const turned = await sharp(join(cwd, pictures[0]))
      .resize(height, width, { fit: 'fill' })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    writeFileSync(join(cwd, 'turned.jpg'), turned);
    await run('explain', 'turned.jpg', '--weight-dir', best('my_shapes/full'), ...words('--out out/large'));
    const { picture_size, result_size, box, box_coco, share } = json('out/large/turned.json');
    expect([picture_size, result_size]).toEqual([
      [width, height],
      [width, height],
    ]);
    const pixels = (kind: string) => {
      const { width, height, channels, data } = decode(bytes(`out/large/turned.${kind}.png`));
      return { data, shape: [height, width, channels] };
    };
    const [mask, cutOut, overlay] = [pixels('mask'), pixels('cutout'), pixels('overlay')];
    expect(mask.shape).toEqual([height, width, 1]);
    expect(cutOut.shape).toEqual([height, width, 4]);
    expect(overlay.shape).toEqual([height, width, 3]);
    expect([...new Set(mask.data)].every((value) => value === 0 || value === 255)).toBe(true);
    expect(mask.data.every((value, i) => value === cutOut.data[4 * i + 3])).toBe(true);
    const inside = [...mask.data.keys()].filter((i) => mask.data[i] === 255);
    expect(share).toBeCloseTo(inside.length / (width * height), 12);
    const [xs, ys] = [inside.map((i) => i % width), inside.map((i) => Math.floor(i / width))];
    const [x0, y0, x1, y1] = [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
    expect(box).toEqual([x0, y0, x1, y1]);
    expect(box_coco).toEqual([x0, y0, x1 - x0, y1 - y0]);
  });

  test('pictures with the same name get different output names; accepts another size', async () => {
    const model = ['--weight-dir', best('my_shapes/full')];
    await run('explain', pictures[0], pictures[0], ...model, ...words('--out out/twice --im-size 64 --npy'));
    expect(npy('out/twice/disc-0001-2.high_cam.npy').shape).toEqual([64, 64]);
    expect(bytes('out/twice/disc-0001-2.high_cam.npy')).toEqual(bytes('out/twice/disc-0001.high_cam.npy'));
  });
});

describe.concurrent('refine', () => {
  const golden = (name: string, file: string): string =>
    join(import.meta.dirname, 'golden', 'refine', name, file);

  test.each(['multiply-threshold-64', 'roi70-alpha02-keep30-96'])('golden case %s', async (name) => {
    const { params, bounds, focal_points_xy } = JSON.parse(readFileSync(golden(name, 'case.json'), 'utf8'));
    const options = Object.entries(params).map(([key, value]) => `--${key}=${value}`);
    const out = `refined/${name}`;
    const given = [
      golden(name, 'image.npy'),
      '--low',
      golden(name, 'low.npy'),
      '--high',
      golden(name, 'high.npy'),
    ];
    await run('refine', ...given, '--out', out, '--npy', ...options);
    expect(tree(join(cwd, out)).filter((path) => !path.endsWith('.npy'))).toEqual([
      'image.cutout.png',
      'image.figure.png',
      'image.json',
      'image.mask.png',
      'image.overlay.png',
    ]);
    // Largest difference, and share of different pixels: as the golden cases' README has them.
    for (const [step, most, share] of [
      ['blurred', 1e-5, 1],
      ['edges', 1e-5, 1],
      ['low_resized', 1e-5, 1],
      ['merged', 1.5 / 255, 1],
      ['roi', 1, 0.001],
      ['segmented', 1, 0.001],
      ['full_segment', 1, 0.001],
      ['kept', 1, 0.001],
    ] as const) {
      const got = npy(`${out}/${step}.npy`);
      const want = decodeNpy(new Uint8Array(readFileSync(golden(name, `${step}.npy`))), step);
      expect([got.dtype, got.shape], step).toEqual([want.dtype, want.shape]);
      const apart = Array.from(want.data as Float32Array, (value, i) =>
        Math.abs(value - Number(got.data[i])),
      );
      expect(Math.max(...apart), step).toBeLessThanOrEqual(most);
      expect(apart.filter((value) => value > 0).length / apart.length, step).toBeLessThanOrEqual(share);
    }
    const written = json(`${out}/image.json`);
    for (const i of [0, 1]) expect(Math.abs(written.bounds[i] - bounds[i])).toBeLessThanOrEqual(1e-5);
    const sorted = (points: number[][]) => points.map(String).sort();
    expect(sorted(written.focal_points_xy)).toEqual(sorted(focal_points_xy));
  });

  test('a picture file is resized to the high-res map', async () => {
    const name = 'multiply-threshold-64';
    const given = ['--low', golden(name, 'low.npy'), '--high', golden(name, 'high.npy')];
    const out = await run('refine', 'data/test/disc/disc-0001.jpg', ...given, '--out', 'refined/jpg');
    expect(out).toBe('disc-0001: results are in refined/jpg\n');
    expect(json('refined/jpg/disc-0001.json').map_size).toEqual([64, 64]);
  });
});

describe.concurrent('summary', () => {
  test.each([
    ['half', 1_056_638, 12_992],
    ['full', 1_664_574, 19_328],
  ])('%s model of 398 classes', async (type, trainable, moving) => {
    const text = await run('summary', '--type', type);
    expect(text).toContain(`${type} model, 398 classes, 224 x 224 x 3\n`);
    expect(text).toContain(`trainable parameters: ${trainable.toLocaleString('en')}\n`);
    expect(text).toContain(`moving statistics:    ${moving.toLocaleString('en')}\n`);
    const parsed = JSON.parse(await run('summary', '--type', type, ...words('--num_classes 398 --json')));
    expect(parsed).toMatchObject({ type, trainable, moving, classes: 398, imSize: 224, channels: 3 });
  });

  test('of a file', async () => {
    const summary = JSON.parse(await run('summary', best('my_shapes/full'), '--json'));
    expect(summary).toMatchObject({ type: 'full', classes: 3, imSize: 32, channels: 3 });
    expect(summary.expansion).toBe('tied-image');
    const same = words('--type full --expansion tied-image --num-classes 3 --im-size 32 --json');
    expect(JSON.parse(await run('summary', ...same))).toEqual(summary);
  });
});
