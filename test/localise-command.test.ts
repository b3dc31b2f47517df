/** `hrm localise`, end to end, on scenes and the model that comes along. */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Orientation } from '../src/data/picture/orientation.ts';
import { writeScenes } from '../src/data/scenes/write-scenes.ts';
import { decodeModel, encodeModel } from '../src/models/model-file.ts';
import { hrm, hrmOutput, newFolder, type Run } from './helpers/cli.ts';

const cwd = newFolder();
const full = join(import.meta.dirname, '..', 'models', 'scenes.onnx');
const quick = ['--im-size', '64', '--eval-size', '64', '--resamples', '40', '--batch-size', '5'];
const localise = (...args: string[]): Promise<Run> => hrm(cwd, 'localise', ...quick, ...args);
const localised = (...args: string[]): Promise<string> => hrmOutput(cwd, 'localise', ...quick, ...args);
const read = (path: string): string => readFileSync(join(cwd, path), 'utf8');
const line = (text: string, start: string): string[] => {
  const found = text.split('\n').find((one) => one.startsWith(`${start} `));
  return (found ?? '').split(/\s{2,}/);
};

beforeAll(async () => {
  await writeScenes({ out: join(cwd, 'data'), train: 6, test: 12, size: 64, clutter: 0 });
  const model = decodeModel(new Uint8Array(readFileSync(full)), full);
  writeFileSync(join(cwd, 'half.onnx'), encodeModel({ ...model, type: 'half' }));
});
afterAll(() => rmSync(cwd, { recursive: true }));

test('a full model: writes tables, page, JSON and CSV of five methods', async () => {
  const text = await localised(
    '--data-dir',
    'data',
    '--weight-dir',
    full,
    '--faithfulness',
    '2',
    '--out',
    'out',
    '--html',
    'alone/page.html',
  );
  expect(text).toMatch(
    /\(full\) on data\/test: 12 images at 64 x 64, measured at 64 x 64, masks\ntop-1 accuracy \d/,
  );
  const methods = ['center-prior', 'low-res', 'low-res-ideal', 'high-res', 'refined'];
  const value = (cell: string): number => Number(/^[\d.]+/.exec(cell)?.[0]);
  for (const name of methods) {
    const [, box, px, points, background, iou, ms] = line(text, name);
    for (const cell of [box, px, points, background, iou]) {
      expect(value(cell)).toBeGreaterThanOrEqual(0);
      expect(value(cell)).toBeLessThanOrEqual(100);
    }
    expect(Number(ms)).toBeGreaterThan(0);
  }
  // The truth at low resolution is better than the middle of the picture: objects of these scenes lie anywhere.
  for (const column of [1, 2, 3, 5]) {
    expect(value(line(text, 'low-res-ideal')[column])).toBeGreaterThan(
      value(line(text, 'center-prior')[column]),
    );
  }
  expect(text).toContain('faithfulness, on 2 of the 12 images, insertion and deletion in 32 steps');
  expect(text).toContain('the page, for a browser: out/localisation.html');
  expect(readdirSync(join(cwd, 'out')).sort()).toEqual([
    'classes.csv',
    'images.csv',
    'localisation.html',
    'localisation.json',
    'methods.csv',
  ]);
  expect(read('alone/page.html')).toBe(read('out/localisation.html'));

  const json = JSON.parse(read('out/localisation.json'));
  expect(json.methods.map(({ name }: { name: string }) => name)).toEqual(methods);
  expect(json).toMatchObject({ masks: 12, baseline: 'low-res', resamples: 40, faithfulness: { images: 2 } });
  expect(json.images).toHaveLength(12);
  const [centre, low] = json.methods;
  expect(low.difference).toBeUndefined();
  expect(centre.difference.pxap).toHaveLength(2);
  // What knows nothing of the picture is the same again.
  expect(centre.faithfulness.coherency).toBeCloseTo(1, 6);
  expect(Object.keys(low.classes)).toEqual(json.classes);
  const shares = json.images.map(
    ({ boxIou }: { boxIou: Record<string, number> }) => boxIou['low-res'] >= 0.5,
  );
  expect(shares.filter(Boolean).length / 12).toBe(low.scores.maxBoxAccV2.at[1]);

  const html = read('out/localisation.html');
  expect(html.match(/data:image\/jpeg/g)).toHaveLength(5 * 12);
  for (const name of methods) expect(html).toContain(`<h3>${name}</h3>`);
  expect(read('out/methods.csv').trim().split('\r\n')).toHaveLength(6);
  expect(read('out/images.csv').trim().split('\r\n')).toHaveLength(13);
  expect(read('out/classes.csv').trim().split('\r\n')).toHaveLength(1 + 5 * 6);
});

test('the grid pointing game: the same mosaics for any batch size; a quarter by chance', async () => {
  const play = async (name: string, ...args: string[]) => {
    const options = ['--faithfulness', '0', '--grid', '2', '--sure', '1', '--mosaics', '2'];
    const model = ['--data-dir', 'data', '--weight-dir', full, '--methods', 'high-res'];
    const text = await localised(...model, ...options, '--out', name, ...args);
    return { text, ...JSON.parse(read(`${name}/localisation.json`)) };
  };
  const { text, grid, methods } = await play('grid');
  expect(text).toMatch(
    /\ngrid pointing game: 2 mosaics of 2 x 2 photographs, 8 of the (\d+) most confident of \1 classified right, each with a probability of at least [\d.]+ %; by chance 25 %/,
  );
  const figures = (method: number): number[] => {
    const { gridShare, gridPeak } = methods[method].scores;
    return [gridShare, gridPeak];
  };
  expect(methods[0].name).toBe('center-prior');
  expect(figures(0)[0]).toBeCloseTo(0.25, 6);
  expect(figures(0)[1]).toBe(0.25);
  // The truth at 4 x 4: enlarged, it reaches over the borders of the cells a little.
  expect(figures(2)[0]).toBeGreaterThan(0.8);
  expect(figures(2)[1]).toBe(1);
  for (const { scores, intervals } of methods) {
    const [low, high] = intervals.gridShare;
    expect(low).toBeLessThanOrEqual(scores.gridShare + 1e-9);
    expect(high).toBeGreaterThanOrEqual(scores.gridShare - 1e-9);
  }
  expect(methods[3].difference.gridShare).toHaveLength(2);
  const photographs = grid.mosaics.flat().map(({ image }: { image: string }) => image);
  expect(new Set(photographs).size).toBe(8);
  for (const mosaic of grid.mosaics) {
    expect(new Set(mosaic.map(({ explained }: { explained: string }) => explained)).size).toBe(4);
    for (const { image, explained } of mosaic) expect(image).toContain(`/${explained}/`);
  }
  expect(read('grid/mosaics.csv').trim().split('\r\n')).toHaveLength(9);
  expect(read('grid/localisation.html')).toContain('<p>Grid pointing game: 2 mosaics');

  const small = await play('grid-small', '--batch-size', '3');
  const paths = ({ mosaics }: typeof grid): string[] =>
    mosaics.flat().map(({ image }: { image: string }) => image);
  expect(paths(small.grid)).toEqual(paths(grid));
  for (const [m, { scores }] of small.methods.entries()) {
    expect(scores.gridShare).toBeCloseTo(figures(m)[0], 5);
    expect(scores.gridPeak).toBe(figures(m)[1]);
  }
});

test('a half model has the baselines, and the same figures as the half model in a full one', async () => {
  const both = ['half.onnx', full];
  const [half, whole] = await Promise.all(
    both.map(async (file, i) => {
      const methods = ['--methods', 'low-res', '--faithfulness', '0'];
      await localised('--data-dir', 'data', '--weight-dir', file, ...methods, '--json', `${i}.json`);
      return JSON.parse(read(`${i}.json`));
    }),
  );
  expect(half.methods.map(({ name }: { name: string }) => name)).toEqual([
    'center-prior',
    'low-res',
    'low-res-ideal',
  ]);
  expect(half.faithfulness).toBeUndefined();
  for (const [i, { scores, intervals }] of half.methods.entries()) {
    expect(whole.methods[i]).toMatchObject({ scores, intervals });
  }
});

test('masks alone give boxes, boxes alone no pixel measures; reports missing ground truth', async () => {
  const model = ['--weight-dir', 'half.onnx', '--faithfulness', '0'];
  cpSync(join(cwd, 'data'), join(cwd, 'masks-only'), { recursive: true });
  renameSync(join(cwd, 'masks-only/boxes.json'), join(cwd, 'boxes.json'));
  cpSync(join(cwd, 'data'), join(cwd, 'boxes-only'), { recursive: true });
  rmSync(join(cwd, 'boxes-only/masks'), { recursive: true });
  rmSync(join(cwd, 'masks-only/masks/test/disc/disc-0002.png'));

  const masks = await localise('--data-dir', 'masks-only', ...model);
  expect(masks.code).toBe(0);
  expect(masks.stdout).toContain('11 images at 64 x 64, measured at 64 x 64, masks\n');
  expect(masks.stdout).toContain('\n1 image skipped\n');
  expect(masks.stderr).toBe(
    'masks: values 0, 255; object: 255\nskipped masks-only/test/disc/disc-0002.jpg: no mask or box of its object\n',
  );

  const boxes = await localised('--data-dir', 'boxes-only', ...model);
  expect(boxes).toContain('12 images at 64 x 64, measured at 64 x 64, boxes only\n');
  expect(boxes).not.toContain('PxAP');

  rmSync(join(cwd, 'boxes-only/boxes.json'));
  expect(await localise('--data-dir', 'boxes-only', ...model)).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'error: boxes-only: there is no ground truth; masks/test/CLASS/NAME.png or boxes.json is needed\n',
  });
  writeFileSync(
    join(cwd, 'boxes-only/boxes.json'),
    '{"test/disc/disc-0001.jpg": {"size": [64, 64], "boxes": [[5, 5, 5, 9]]}}',
  );
  expect((await localise('--data-dir', 'boxes-only', ...model)).stderr).toMatch(
    /^error: boxes-only\/boxes.json: test\/disc\/disc-0001.jpg.boxes.0: a picture has "boxes"/,
  );
});

/** The pictures of `data`, 64 x 48 pixels so that sides differ, and their masks, as `change` makes them. */
async function variant(name: string, change: Change, stored: Orientation = 1): Promise<string> {
  const files = readdirSync(join(cwd, 'data/test'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((one) => one.endsWith('.jpg'))) {
    const stem = file.slice(0, -4);
    const crop = { left: 0, top: 8, width: 64, height: 48 };
    const rgb = await sharp(join(cwd, 'data/test', file))
      .extract(crop)
      .raw()
      .toBuffer();
    const mask = sharp(join(cwd, 'data/masks/test', `${stem}.png`))
      .extract(crop)
      .toColourspace('b-w');
    const object = Uint8Array.from(await mask.raw().toBuffer(), (value) => Number(value >= 128));
    const [picturePath, maskPath] = [`${name}/test/${stem}.png`, `${name}/masks/test/${stem}.png`];
    for (const path of [picturePath, maskPath]) mkdirSync(join(cwd, dirname(path)), { recursive: true });
    const raw = { width: 64, height: 48, channels: 3 } as const;
    // A quarter turn back, which the orientation undoes.
    const turned = sharp(rgb, { raw })
      .rotate(stored === 6 ? 270 : 0)
      .withMetadata({ orientation: stored });
    writeFileSync(join(cwd, picturePath), await turned.png().toBuffer());
    writeFileSync(join(cwd, maskPath), await change(object, 64, 48));
  }
  return name;
}
type Change = (object: Uint8Array, width: number, height: number) => Uint8Array | Promise<Uint8Array>;

const grey =
  (factor: number): Change =>
  (object, width, height) =>
    encode({ width, height, channels: 1, data: object.map((value) => factor * value) });
/** Three more pixels beside each object's are a border. */
const bordered = (object: Uint8Array): Uint8Array =>
  object.map((value, i) => (value === 0 && (object[i - 1] || object[i - 2] || object[i - 3]) ? 255 : value));
const voc = Array.from({ length: 256 }, (_, i) =>
  i === 255 ? [224, 224, 192] : [128 * (i & 1), 64 * (i & 2), 0],
);

test('masks of every format give the same figures as plain ones, and are described', async () => {
  const measured = async (dir: string, ...args: string[]) => {
    const model = ['--weight-dir', 'half.onnx', '--faithfulness', '0'];
    const run = await localise('--data-dir', dir, ...model, '--json', `${dir}.json`, ...args);
    expect(run.code, run.stderr).toBe(0);
    const { methods, groundTruth } = JSON.parse(read(`${dir}.json`));
    expect(run.stderr).toBe(groundTruth.map((line: string) => `${line}\n`).join(''));
    return { figures: methods.map(({ scores }: { scores: unknown }) => scores), groundTruth };
  };
  const plain = await measured(await variant('plain', grey(255)));
  expect(plain.groundTruth).toEqual(['masks: values 0, 255; object: 255']);

  const forms: Readonly<Record<string, readonly [Change, string, ...string[]]>> = {
    'zero-one': [grey(1), 'values 0, 1; object: 1'],
    alpha: [
      (object, width, height) => {
        const data = Uint8Array.from({ length: 2 * object.length }, (_, i) =>
          i % 2 ? 255 * object[i >> 1] : 255,
        );
        return encode({ width, height, channels: 2, data });
      },
      'alpha channel; object: 255',
    ],
    palette: [
      (data, width, height) => encode({ width, height, channels: 1, data, palette: voc }),
      'palette labels 0, 1; object: 1',
    ],
    border: [
      (object, width, height) => encode({ width, height, channels: 1, data: bordered(object), palette: voc }),
      'palette labels 0, 1, 255; object: 1',
      '--mask-object',
      '1',
      '--mask-ignore',
      'none',
    ],
    'two-ids': [
      (object, width, height) => {
        const ids = Uint16Array.from(object, (value, i) => value * (1 + (i % 2) * 299));
        return encode({ width, height, channels: 1, depth: 16, data: ids });
      },
      'labels 0, 1, 300; object: 1, 300',
    ],
    colour: [
      (object, width, height) => {
        const data = Uint8Array.from({ length: 3 * object.length }, (_, i) =>
          i % 3 ? 0 : 128 * object[i / 3],
        );
        return encode({ width, height, channels: 3, data });
      },
      'colours #000000, #800000; object: #800000',
    ],
  };
  for (const [name, [change, text, ...args]] of Object.entries(forms)) {
    const { figures, groundTruth } = await measured(await variant(name, change), ...args);
    expect(groundTruth, name).toEqual([`masks: ${text}`]);
    expect(figures, name).toEqual(plain.figures);
  }

  // By default the border takes no part, so that figures are others.
  const ignoring = await measured('border');
  expect(ignoring.groundTruth).toEqual(['masks: palette labels 0, 1, 255; object: 1, ignored: 255']);
  expect(ignoring.figures).not.toEqual(plain.figures);
  expect(ignoring.figures[0].maxBoxAccV2).toEqual(plain.figures[0].maxBoxAccV2);

  const stored: Change = async (object, width, height) =>
    await sharp(
      object.map((value) => 255 * value),
      { raw: { width, height, channels: 1 } },
    )
      .rotate(270)
      .toColourspace('b-w')
      .png()
      .toBuffer();
  const turned = await measured(await variant('turned', stored, 6));
  expect(turned.groundTruth).toEqual([
    'masks: values 0, 255; object: 255',
    'the masks of 12 pictures that Exif turns fit the stored pixels, so they are turned, too: test/cross/cross-0001.png, ...',
  ]);
  const upright = await measured(await variant('upright', grey(255), 6));
  expect(upright.groundTruth).toEqual(plain.groundTruth);
  expect(upright.figures).toEqual(turned.figures);
}, 120_000);

test('wrong use', async () => {
  const half = ['--data-dir', 'data', '--weight-dir', 'half.onnx'];
  expect((await localise(...half, '--mosaics', '3')).stderr).toBe('error: --mosaics needs --grid\n');
  expect((await localise(...half, '--sure', '1')).stderr).toBe('error: --sure needs --grid\n');
  expect((await localise(...half, '--mask-object', 'cat')).stderr).toContain(
    "Labels are whole numbers, ranges or colours, such as 1, 1-20 or #ff0000, got 'cat'.",
  );
  expect(await localise(...half, '--mask-object', '1-9', '--mask-ignore', '7')).toMatchObject({
    code: 2,
    stderr: 'error: --mask-object 1-9 is also in --mask-ignore\n',
  });
  expect((await localise(...half, '--mask-object', 'none')).code).toBe(2);
  expect((await localise(...half, '--grid', '4')).stderr).toContain('A whole number from 2 to 3 is needed.');
  expect((await localise(...half, '--grid', '3', '--sure', '1')).stderr).toMatch(
    /\nerror: data\/test: --grid 3 needs photographs of 9 classes; the (\d+) most probable of \1 correctly classified photographs are of 6 classes\n$/,
  );
  const unknown = await localise(...half, '--methods', 'low-res,lime');
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain("'lime' is not a method; the methods are center-prior, low-res, ");
  const highRes = await localise(...half, '--methods', 'high-res');
  expect({ ...highRes, stdout: '' }).toEqual({
    code: 1,
    stdout: '',
    stderr: 'error: the method high-res needs a full model, this is a half model\n',
  });
});
