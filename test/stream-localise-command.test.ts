/** `hrm localise` of tars, Parquet files and lists: the figures of the same pictures in folders. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteFile } from 'hyparquet-writer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeScenes } from '../src/data/scenes/write-scenes.ts';
import { hrm, newFolder, type Run } from './helpers/cli.ts';
import { tarOf } from './helpers/tar.ts';

const cwd = newFolder();
const at = (path: string): string => join(cwd, path);
const full = join(import.meta.dirname, '..', 'models', 'scenes.onnx');
const words = (text: string): string[] => text.split(' ');
const quick = words('--im-size 64 --eval-size 64 --resamples 40 --batch-size 5 --methods high-res');

interface Figures {
  readonly code: number;
  readonly stderr: string;
  /** What does not say where a picture lies, or how long it took. */
  readonly figures: () => unknown;
}

async function localise(data: string, ...more: string[]): Promise<Figures> {
  const run: Run = await hrm(
    cwd,
    ...['localise', ...quick, '--data-dir', data, '--weight-dir', full, '--json', 'l.json'],
    ...more,
  );
  const figures = (): unknown => {
    const { methods, images, accuracy, masks, grid } = JSON.parse(readFileSync(at('l.json'), 'utf8'));
    const facts = methods.map(({ milliseconds: _, ...rest }: { milliseconds: number }) => rest);
    const each = images.map(({ image: _, ...rest }: { image: string }) => rest);
    return { methods: facts, images: each, accuracy, masks, cells: grid?.cells };
  };
  return { ...run, figures };
}

interface Scene {
  readonly path: string;
  readonly label: string;
  readonly picture: Uint8Array;
  readonly mask: Uint8Array;
  readonly boxes: readonly (readonly [number, number, number, number])[];
}

const scenes: Scene[] = [];

type Files = Record<string, Uint8Array | string>;

/** A tar of all scenes. @param more files beside a picture, by their endings */
async function writeTar(name: string, more: (scene: Scene) => Files): Promise<void> {
  const files = scenes.flatMap((scene, i) => [
    ...Object.entries(more(scene)).map(([ending, content]) => [`s${i}.${ending}`, content]),
    [`s${i}.png`, scene.picture],
  ]);
  writeFileSync(at(name), await tarOf(Object.fromEntries(files)));
}

beforeAll(async () => {
  await writeScenes({ out: at('data'), train: 6, test: 12, size: 64, clutter: 0 });
  const boxes = JSON.parse(readFileSync(at('data/boxes.json'), 'utf8'));
  for (const label of readdirSync(at('data/test')).sort()) {
    for (const name of readdirSync(at(`data/test/${label}`)).sort()) {
      const path = `test/${label}/${name}`;
      scenes.push({
        path,
        label,
        picture: readFileSync(at(`data/${path}`)),
        mask: readFileSync(at(`data/masks/${path.replace('.jpg', '.png')}`)),
        boxes: boxes[path].boxes,
      });
    }
  }
  cpSync(at('data'), at('masked'), { recursive: true });
  rmSync(at('masked/boxes.json'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

test('reads masks and boxes from a tar and beside a list, for all measures and the page', async () => {
  const all = words('--faithfulness 2 --grid 2 --sure 1 --mosaics 2 --out');
  const folder = await localise('data', ...all, 'of-folder');
  expect(folder).toMatchObject({ code: 0 });
  const figures = folder.figures();
  const page = (name: string): string => readFileSync(at(`${name}/localisation.html`), 'utf8');
  const drawn = (name: string): unknown => page(name).match(/data:image\/jpeg;base64,[^"]*/g);
  await writeTar('a.tar', ({ mask, boxes, label }) => ({
    cls: label,
    'mask.png': mask,
    'boxes.json': JSON.stringify({ size: [64, 64], boxes }),
  }));
  await writeTar('b.tar', ({ mask, boxes, label }) => ({
    json: JSON.stringify({ label, boxes }),
    'seg.png': mask,
  }));
  writeFileSync(at('data/list.tsv'), scenes.map(({ path, label }) => `data/${path}\t${label}\n`).join(''));
  for (const given of ['a.tar', 'b.tar', 'data/list.tsv']) {
    const run = await localise(given, ...all, 'of-stream');
    expect(run, given).toMatchObject({ code: 0, stderr: folder.stderr });
    expect(run.figures(), given).toEqual(figures);
    expect(drawn('of-stream'), given).toEqual(drawn('of-folder'));
    rmSync(at('of-stream'), { recursive: true });
  }
});

test('reads masks from a column of Parquet', async () => {
  const more = words('--faithfulness 0');
  const image = { name: 'image', data: scenes.map(({ picture }) => ({ bytes: picture })) };
  const label = { name: 'label', data: scenes.map((one) => one.label) };
  const mask = { name: 'mask', data: scenes.map((one) => ({ bytes: one.mask })) };
  parquetWriteFile({
    filename: at('masks.parquet'),
    // Before the picture: it is not taken for it.
    columnData: [mask, image, label],
    schema: [
      { name: 'root', num_children: 3 },
      { name: 'mask', num_children: 1, repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'image', num_children: 1, repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'label', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
    ],
  });
  const masked = await localise('masked', ...more);
  const figures = masked.figures();
  const streamed = await localise('masks.parquet', ...more);
  expect(streamed).toMatchObject({ code: 0, stderr: masked.stderr });
  expect(streamed.figures()).toEqual(figures);
});

test.each([
  ['none.tar', () => ({}), /^error: none\.tar: there is no ground truth; KEY\.mask\.png, .* is needed\n$/],
  [
    'bad.tar',
    () => ({ 'boxes.json': '[[5, 5, 2, 9]]' }),
    /^error: bad\.tar: s0\.boxes\.json: "boxes": \[\[x0, y0, x1, y1\], \.\.\.\] .* are needed; 11 other problems\n$/,
  ],
  [
    'outside.tar',
    () => ({ 'boxes.json': '[[5, 5, 70, 9]]' }),
    /^error: outside\.tar: s0\.boxes\.json: .*the box \[5, 5, 70, 9\] does not lie in the picture, 64 x 64; 11 other problems/,
  ],
  [
    'size.tar',
    ({ mask }: Scene) => ({ 'mask.png': mask.subarray(0, 20) }),
    /^error: size\.tar: s0\.mask\.png: .*; 11 other problems\n$/,
  ],
] as const)('%s', async (name, truth, stderr) => {
  await writeTar(name, truth);
  const run = await localise(name, '--out', 'wrong');
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(stderr);
  expect(existsSync(at('wrong'))).toBe(false);
});

test('without classes: measures maps of the predicted class', async () => {
  await writeTar('silent.tar', ({ mask }) => ({ 'mask.png': mask }));
  expect((await localise('silent.tar')).stderr).toMatch(
    /^error: silent\.tar: none of its 12 pictures has a class; add classes, or use --class-from predicted\n$/,
  );
  expect(await localise('silent.tar', ...words('--class-from predicted --faithfulness 0'))).toMatchObject({
    code: 0,
  });
});
