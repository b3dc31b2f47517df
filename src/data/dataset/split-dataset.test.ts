import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replaceInFs } from '../../../test/helpers/replaced-fs.ts';
import { drawTest, splitDataset } from './split-dataset.ts';
import { subsetDataset } from './subset-dataset.ts';

let work: string;
const at = (path: string): string => join(work, path);
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'split-dataset-'));
});
afterEach(() => {
  rmSync(work, { recursive: true });
});

/** Files that hold their own path. */
function put(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(join(at(path), '..'), { recursive: true });
    writeFileSync(at(path), path);
  }
}
const fill = (folder: string, n: number): void =>
  put(...Array.from({ length: n }, (_, i) => `${folder}/${i}.jpg`));
const files = (folder: string): string[] =>
  readdirSync(at(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(at(folder).length + 1))
    .sort();

test.each([
  [1, 0.5, 0],
  [2, 0.01, 1],
  [2, 0.99, 1],
  [10, 0.2, 2],
  [10, 0.25, 3],
  [10, 0.99, 9],
])('of %i images at a share of %d, puts %i into the test split', (n, share, expected) => {
  expect(drawTest(n, share, 'cat', 0).size).toBe(expected);
});

test('the choice depends only on class, number and seed', () => {
  const chosen = [...drawTest(20, 0.3, 'cat', 0)];
  expect([...drawTest(20, 0.3, 'cat', 0)]).toEqual(chosen);
  expect([...drawTest(20, 0.3, 'dog', 0)]).not.toEqual(chosen);
  expect([...drawTest(20, 0.3, 'cat', 1)]).not.toEqual(chosen);
});

test('puts every image into one of the splits, under its class', async () => {
  fill('all/cat', 10);
  fill('all/dog', 5);
  put('all/emu/only.jpg', 'all/emu/notes.txt', 'all/README.md');
  const told: string[] = [];
  const report = await splitDataset(at('all'), {
    out: at('new/out'),
    onProgress: (done, total) => told.push(`${done}/${total}`),
  });
  expect(report).toEqual({
    ...{ train: 13, test: 3, classes: 3, untested: ['emu'] },
    leftOut: expect.toSatisfy(
      (all) => String(all.map(({ path }: { path: string }) => path)) === 'README.md,emu/notes.txt',
    ),
    ...{ copied: 16, linked: 0, symbolic: 0 },
  });
  expect(told.at(-1)).toBe('16/16');
  const out = files('new/out');
  expect(out.map((path) => path.replace(/^(train|test)./, '')).sort()).toEqual(
    files('all').filter((path) => path.endsWith('.jpg')),
  );
  expect(out.filter((path) => path.startsWith('test')).map((path) => path.split(/[\\/]/)[1])).toEqual([
    ...['cat', 'cat', 'dog'],
  ]);
  const [first] = out;
  expect(readFileSync(at(`new/out/${first}`), 'utf8')).toBe(first.replace(/^\w+/, 'all'));
  expect(statSync(at(`new/out/${first}`)).nlink).toBe(1);

  await splitDataset(at('all'), { out: at('again') });
  expect(files('again')).toEqual(out);
});

test('keeps the subfolders of a class', async () => {
  put('all/cat/a/1.jpg', 'all/cat/b/1.jpg', 'all/cat/1.jpg', 'all/cat/a/1.heic');
  const { leftOut } = await splitDataset(at('all'), { out: at('out') });
  expect(
    files('out')
      .map((path) => path.replace(/^(train|test)./, ''))
      .sort(),
  ).toEqual(['cat/1.jpg', 'cat/a/1.jpg', 'cat/b/1.jpg'].map((path) => join(path)));
  expect(leftOut).toEqual([{ path: 'cat/a/1.heic', kind: 'picture', what: '.heic' }]);
  writeFileSync(at('list'), 'cat\n');
  const subset = await subsetDataset(at('all'), { synsets: at('list'), out: at('few') });
  expect(subset).toMatchObject({ images: 3, leftOut });
});

test('makes hard links, and links to the target of a symbolic link', async () => {
  fill('all/cat', 4);
  put('elsewhere/5.jpg');
  symlinkSync('../../elsewhere/5.jpg', at('all/cat/5.jpg'));
  mkdirSync(at('out'));
  expect(await splitDataset(at('all'), { out: at('out'), link: true })).toMatchObject({
    linked: 5,
    symbolic: 0,
    copied: 0,
  });
  for (const path of files('out')) expect(lstatSync(at(`out/${path}`)).nlink).toBe(2);
  expect(statSync(at('elsewhere/5.jpg')).nlink).toBe(2);
  expect(readdirSync(at('out')).sort()).toEqual(['test', 'train']);
});

test('makes symbolic links if hard links fail', async () => {
  fill('all/cat', 2);
  replaceInFs('link', () => () => Promise.reject(Object.assign(new Error('no'), { code: 'EXDEV' })));
  expect(await splitDataset(at('all'), { out: at('out'), link: true })).toMatchObject({
    linked: 0,
    symbolic: 2,
  });
  for (const path of files('out')) expect(readlinkSync(at(`out/${path}`))).toContain('all');
});

test('fails on impossible requests and leaves nothing', async () => {
  fill('all/cat', 3);
  put('split/train/cat/0.jpg', 'full/x', 'hole/cat/0.jpg');
  mkdirSync(at('hole/dog'));
  const before = files('.');
  const split = (dir: string, out: string, more = {}): Promise<unknown> =>
    splitDataset(at(dir), { out: at(out), ...more });
  await expect(split('all', 'full')).rejects.toThrow('full: the folder is not empty');
  await expect(split('all', 'full/x')).rejects.toThrow('x: a file is in the way');
  await expect(split('all', 'all/out')).rejects.toThrow('it lies in');
  await expect(split('all', 'all')).rejects.toThrow('it lies in');
  await expect(split('split', 'out')).rejects.toThrow('it is already split');
  await expect(split('hole', 'out')).rejects.toThrow('dog: no images in this class folder');
  await expect(split('nowhere', 'out')).rejects.toThrow('nowhere: no such folder');
  await expect(split('all', 'out', { test: 1 })).rejects.toThrow('test is a share between 0 and 1, got 1');
  symlinkSync('nowhere', at('all/cat/gone.jpg'));
  await expect(split('all', 'deep/out')).rejects.toThrow('gone.jpg: cannot be read (ENOENT)');
  rmSync(at('all/cat/gone.jpg'));
  const controller = new AbortController();
  const onProgress = (): void => controller.abort(new Error('stopped'));
  await expect(split('all', 'out', { onProgress, signal: controller.signal })).rejects.toThrow('stopped');
  expect(files('.')).toEqual(before);
  expect(readdirSync(work).sort()).toEqual(['all', 'full', 'hole', 'split']);
});

test('makes a subset of the classes with the same layout', async () => {
  put('set/train/n1/a.jpg', 'set/train/n2/b.jpg', 'set/train/big dog/c.jpg', 'set/masks/train/n1/a.png');
  put('set/test/n1/d.jpg', 'set/test/n2/e.jpg');
  mkdirSync(at('set/train/n4'));
  writeFileSync(at('list'), 'n1 tench, Tinca tinca\r\n\r\nbig dog\nn3 crane\nn4\nn1\n');
  const report = await subsetDataset(at('set'), { synsets: at('list'), out: at('out') });
  expect(report).toMatchObject({
    classes: 2,
    images: 3,
    absent: ['n3 crane', 'n4'],
    left: 1,
  });
  expect(files('out')).toEqual(
    ['test/n1/d.jpg', 'train/big dog/c.jpg', 'train/n1/a.jpg'].map((p) => join(p)),
  );

  await subsetDataset(at('set/train'), { synsets: at('list'), out: at('flat') });
  expect(files('flat')).toEqual(['big dog/c.jpg', 'n1/a.jpg'].map((path) => join(path)));

  writeFileSync(at('list'), 'n7\nn8\n');
  await expect(subsetDataset(at('set'), { synsets: at('list'), out: at('none') })).rejects.toThrow(
    'none of the 2 classes that',
  );
  await expect(subsetDataset(at('set'), { synsets: at('nowhere'), out: at('none') })).rejects.toThrow(
    'nowhere: no such file',
  );
});
