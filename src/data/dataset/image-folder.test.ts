import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forbidListing } from '../../../test/helpers/replaced-fs.ts';
import { listSplits, openDataset, relabel, scanImageFolder } from './image-folder.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'image-folder-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function put(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), '');
  }
}

test('sorts classes and files by code unit and leaves out other files', async () => {
  put('b/2.JPEG', 'b/10.png', 'Z/a.Tif', 'a/x.gif', 'a/y.bmp', 'a/z.webp');
  put('a/.hidden.jpg', 'a/notes.txt', 'a/jpg', 'a/deep.png/inner.jpg', '.git/c.jpg', 'README.md');
  const split = await scanImageFolder(dir);
  expect(split.classes).toEqual(['Z', 'a', 'b']);
  expect(split.samples.map(({ path, label }) => [path.slice(dir.length + 1), label])).toEqual([
    ['Z/a.Tif', 0],
    ['a/deep.png/inner.jpg', 1],
    ['a/x.gif', 1],
    ['a/y.bmp', 1],
    ['a/z.webp', 1],
    ['b/10.png', 2],
    ['b/2.JPEG', 2],
  ]);
  expect(split.leftOut?.map(({ path, kind }) => `${path} ${kind}`).sort()).toEqual([
    '.git hidden',
    'README.md other',
    'a/.hidden.jpg hidden',
    'a/jpg other',
    'a/notes.txt other',
  ]);
});

test('follows links, and leaves out circular and broken ones', async () => {
  put('a/1.jpg', 'elsewhere/2.jpg');
  mkdirSync(join(dir, 'split'));
  symlinkSync(join(dir, 'a'), join(dir, 'split/a'));
  symlinkSync(join(dir, 'split/self'), join(dir, 'split/self'));
  symlinkSync(join(dir, 'nowhere'), join(dir, 'split/dangling'));
  const split = await scanImageFolder(join(dir, 'split'));
  expect(split.classes).toEqual(['a']);
  expect(split.samples).toHaveLength(1);
  symlinkSync('..', join(dir, 'split/up'));
  symlinkSync('../..', join(dir, 'a/over'));
  const { samples, leftOut } = await scanImageFolder(join(dir, 'split'));
  expect(samples).toHaveLength(1);
  expect(leftOut).toEqual([
    { path: 'dangling', kind: 'unusable', what: 'a broken link' },
    { path: 'self', kind: 'unusable', what: 'a link that goes round in a circle' },
    { path: 'a/over', kind: 'unusable', what: 'a link to a folder above it' },
    { path: 'up', kind: 'unusable', what: 'a link to a folder above it' },
  ]);
});

test('errors name the folder and what is wrong with it', async () => {
  await expect(scanImageFolder(join(dir, 'no'))).rejects.toThrow(`${join(dir, 'no')}: no such folder`);
  await expect(scanImageFolder(dir)).rejects.toThrow(`${dir}: no class folders`);
  put('file', 'full/1.jpg', 'empty/notes.txt');
  await expect(scanImageFolder(join(dir, 'file'))).rejects.toThrow('file: not a folder');
  await expect(scanImageFolder(dir)).rejects.toThrow(`${join(dir, 'empty')}: no images in this class folder`);
});

test('rejects class folders without images and names them, unless told to leave them out', async () => {
  put('s/a/1.jpg', 's/b/notes.txt', 's/c/1.heic', 's/__MACOSX/a/1.jpg', 's/.cache/2.jpg', 'only/c/1.heic');
  await expect(scanImageFolder(join(dir, 's'))).rejects.toThrow(
    /s: 2 class folders have no images: b, c \(\.jpg .*\); left out: pictures \.heic$/,
  );
  const { classes, empty } = await scanImageFolder(join(dir, 's'), { empty: 'leave out' });
  expect({ classes, empty }).toEqual({ classes: ['a'], empty: ['b', 'c'] });
  await expect(scanImageFolder(join(dir, 'only'), { empty: 'leave out' })).rejects.toThrow(
    /only.c: no images in this class folder \(.*\); left out: pictures \.heic$/,
  );
});

test('names a class folder that cannot be listed', async () => {
  put('s/a/1.jpg', 's/b/1.jpg');
  forbidListing('b');
  const why = 'cannot list the folder: permission denied';
  await expect(scanImageFolder(join(dir, 's'))).rejects.toThrow(
    new RegExp(`b: no images in this class folder .*; left out: ${why}$`),
  );
  const { leftOut } = await scanImageFolder(join(dir, 's'), { empty: 'leave out' });
  expect(leftOut).toEqual([{ path: 'b', kind: 'unusable', what: why }]);
});

test('compares names in Unicode NFC and reports names that differ only in case', async () => {
  const [composed, decomposed] = ['Caf\u00e9', 'Cafe\u0301'];
  put(`train/${decomposed}/1.jpg`, 'train/Car/1.jpg', `test/${composed}/1.jpg`);
  const { classes, test: tested } = await openDataset(dir);
  expect(classes).toEqual([composed, 'Car']);
  expect(tested?.samples.map(({ label }) => label)).toEqual([0]);
  put('test/car/1.jpg', 'both/car/1.jpg', 'both/Car/1.jpg', 'both/bird/1.jpg');
  expect((await scanImageFolder(join(dir, 'both'))).alike).toEqual([['Car', 'car']]);
  expect(tested?.alike).toEqual([]);
  await expect(openDataset(dir)).rejects.toThrow(
    'car: the class car is not one of the 2 training classes; Car differs only in letter case: give both folders the same name',
  );
  put(`train/${composed}/1.jpg`);
  await expect(openDataset(dir)).rejects.toThrow(
    `train: two folders are called ${composed}, one with composed letters (Unicode NFC), one with decomposed ones (NFD)`,
  );
});

test('the test split has the class indices of the train split', async () => {
  put('train/a/1.jpg', 'train/b/1.jpg', 'train/c/1.jpg', 'test/c/1.jpg', 'test/a/2.jpg');
  const dataset = await openDataset(dir);
  expect(dataset.classes).toEqual(['a', 'b', 'c']);
  expect(dataset.test?.classes).toEqual(['a', 'b', 'c']);
  expect(dataset.test?.samples.map((sample) => sample.label)).toEqual([0, 2]);
  put('test/d/1.jpg');
  await expect(openDataset(dir)).rejects.toThrow('the class d is not one of the 3 training classes');
});

test('the test split is optional, the train split is required', async () => {
  put('train/a/1.jpg');
  expect((await openDataset(dir)).test).toBeUndefined();
  await expect(openDataset(join(dir, 'train'))).rejects.toThrow('no folder train');
  put('Test/a/1.jpg');
  await expect(openDataset(dir)).rejects.toThrow(
    'Test: the folder must be called test, in lower case; rename it',
  );
});

test('relabel keeps the samples', async () => {
  put('x/1.jpg', 'y/1.jpg');
  const split = relabel(await scanImageFolder(dir), ['y', 'w', 'x']);
  expect(split.samples.map((sample) => sample.label)).toEqual([2, 0]);
});

test('lists splits or class folders; a folder train without subfolders is a class', async () => {
  put(
    'all/train/1.jpg',
    'all/ship/1.jpg',
    'set/train/train/1.jpg',
    'set/masks/x/1.png',
    'set/test/ship/2.jpg',
  );
  mkdirSync(join(dir, 'set/test/empty'));
  const found = async (name: string): Promise<unknown> =>
    (await listSplits(join(dir, name))).map(({ split, classes }) => [
      split,
      ...classes.map((folder) => `${folder.name} ${folder.files}`),
    ]);
  expect(await found('all')).toEqual([[undefined, 'ship 1.jpg', 'train 1.jpg']]);
  expect(await found('set')).toEqual([
    ['train', 'train 1.jpg'],
    ['test', 'empty ', 'ship 2.jpg'],
  ]);
});

test.each(['val', 'valid', 'validation'])('takes %s as the validation split', async (name) => {
  put('train/a/1.jpg', 'train/b/1.jpg', `${name}/b/2.jpg`);
  const { val, test: none } = await openDataset(dir);
  expect(val).toMatchObject({ dir: join(dir, name), classes: ['a', 'b'] });
  expect(val?.samples).toEqual([{ path: join(dir, name, 'b/2.jpg'), label: 1 }]);
  expect(none).toBeUndefined();
  const splits = await listSplits(dir);
  expect(splits.map(({ split, dir: folder }) => [split, folder])).toEqual([
    ['train', join(dir, 'train')],
    ['val', join(dir, name)],
  ]);
});

test('rejects two folders of validation images', async () => {
  put('train/a/1.jpg', 'val/a/2.jpg', 'valid/a/3.jpg');
  const message = `${dir}: validation images in val and in valid; keep only one of these folders`;
  await expect(openDataset(dir)).rejects.toThrow(message);
  await expect(listSplits(dir)).rejects.toThrow(message);
});
