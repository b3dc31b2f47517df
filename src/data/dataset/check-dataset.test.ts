import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../../tensor/random.ts';
import { checkDataset, needsMending } from './check-dataset.ts';

let dir: string;
const at = (path: string): string => join(dir, path);

/** Large blobs, unlike any of another seed. */
async function put(path: string, seed: number, change = (image: Sharp) => image): Promise<void> {
  const { integer } = random(seed);
  const blobs = Uint8Array.from({ length: 7 * 8 * 3 }, () => integer(256));
  const raw = { width: 8, height: 7, channels: 3 } as const;
  mkdirSync(join(at(path), '..'), { recursive: true });
  const image = sharp(blobs, { raw }).resize(120, 100, { fit: 'fill' });
  const pixels = await image.raw().toBuffer();
  await change(sharp(pixels, { raw: { width: 120, height: 100, channels: 3 } })).toFile(at(path));
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'check-dataset-'));
  for (let i = 0; i < 20; i++) await put(`good/${i < 14 ? 'train' : 'test'}/${'ab'[i % 2]}/${i}.png`, i);
  const bad = at('bad/train');
  for (let i = 0; i < 6; i++) await put(`bad/train/${'abc'[i % 3]}/${i}.png`, i);
  await put('bad/test/a/10.png', 10);
  await put('bad/test/a/smaller.jpg', 0, (image) => image.resize(60, 50).jpeg({ quality: 60 }));
  await put('bad/train/c/brighter.webp', 2, (image) => image.linear(0.8, 40).webp());
  await put('bad/test/d/large.bmp.png', 11, (image) => image.resize(400, 200, { fit: 'fill' }));
  mkdirSync(at('bad/train/e'));
  mkdirSync(at('bad/test/b'));
  copyFileSync(join(bad, 'a/0.png'), join(bad, 'b/copy.png'));
  copyFileSync(join(bad, 'b/1.png'), join(bad, 'b/same.png'));
  writeFileSync(join(bad, 'a/text.jpg'), 'no picture');
  writeFileSync(join(bad, 'a/empty.jpg'), '');
  writeFileSync(join(bad, 'a/notes.txt'), '');
});
afterAll(() => rmSync(dir, { recursive: true }));

test('reports a data set without faults', async () => {
  const told: number[] = [];
  const report = await checkDataset(at('good'), { onProgress: (done) => told.push(done) });
  expect(told).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(needsMending(report)).toBe(false);
  expect(report).toMatchObject({
    images: 20,
    splits: ['train', 'test'],
    classes: [
      { name: 'a', train: 7, test: 3, images: 10 },
      { name: 'b', train: 7, test: 3, images: 10 },
    ],
    leftOut: [],
    alike: [],
    unreadable: [],
    sizes: { smallest: { width: 120, height: 100 }, largest: { width: 120, height: 100 } },
    missing: [],
    copies: [],
    near: [],
  });
});

test('finds every fault', async () => {
  const report = await checkDataset(at('bad'));
  expect(needsMending(report)).toBe(true);
  expect(report.classes).toEqual([
    { name: 'a', train: 4, test: 2, images: 6 },
    { name: 'b', train: 4, test: 0, images: 4 },
    { name: 'c', train: 3, test: 0, images: 3 },
    { name: 'd', train: 0, test: 1, images: 1 },
    { name: 'e', train: 0, test: 0, images: 0 },
  ]);
  expect(report).toMatchObject({ images: 14, leftOut: [{ path: 'train/a/notes.txt', kind: 'other' }] });
  expect(report.unreadable).toEqual([
    { file: 'train/a/empty.jpg', reason: 'the file is empty' },
    { file: 'train/a/text.jpg', reason: expect.stringMatching(/^not a JPEG, PNG, WebP/) },
  ]);
  expect(report.sizes).toMatchObject({
    smallest: { width: 60, height: 50, file: 'test/a/smaller.jpg' },
    median: { width: 120, height: 100 },
    largest: { width: 400, height: 200, file: 'test/d/large.bmp.png' },
  });
  expect(report.missing).toEqual([
    { class: 'b', split: 'test' },
    { class: 'c', split: 'test' },
    { class: 'd', split: 'train' },
    { class: 'e', split: 'train' },
    { class: 'e', split: 'test' },
  ]);
  expect(report.copies).toEqual([
    { files: ['train/a/0.png', 'train/b/copy.png'], acrossSplits: false, acrossClasses: true },
    { files: ['train/b/1.png', 'train/b/same.png'], acrossSplits: false, acrossClasses: false },
  ]);
  expect(report.near).toMatchObject([
    { files: ['train/a/0.png', 'test/a/smaller.jpg'], acrossSplits: true, acrossClasses: false },
    { files: ['train/c/2.png', 'train/c/brighter.webp'], acrossSplits: false, acrossClasses: false },
  ]);
});

test('finds nested files, other Unicode forms and unreadable formats', async () => {
  await put('odd/train/Cafe\u0301/more/1.png', 20);
  await put('odd/test/Caf\u00e9/2.png', 21);
  await put('odd/train/Car/3.png', 22);
  await put('odd/test/car/4.png', 23);
  writeFileSync(at('odd/test/car/5.heic'), '');
  const { classes, leftOut, alike, unreadable, sizes, ...rest } = await checkDataset(at('odd'));
  expect(classes.map(({ name, images }) => [name, images])).toEqual([
    ['Caf\u00e9', 2],
    ['Car', 1],
    ['car', 1],
  ]);
  expect(sizes?.smallest.file).toBe('train/Caf\u00e9/more/1.png');
  expect(unreadable).toEqual([]);
  expect(leftOut).toEqual([{ path: 'test/car/5.heic', kind: 'picture', what: '.heic' }]);
  expect(alike).toEqual([['Car', 'car']]);
  const clean = { ...rest, classes, unreadable, sizes, leftOut: [], alike: [], missing: [] };
  expect(needsMending(clean)).toBe(false);
  expect(needsMending({ ...clean, leftOut })).toBe(true);
  expect(needsMending({ ...clean, alike })).toBe(true);
});

test('checks class folders without splits', async () => {
  const report = await checkDataset(at('bad/train'));
  expect(report.splits).toEqual([]);
  expect(report.classes[0]).toEqual({ name: 'a', images: 4 });
  expect(report.missing).toEqual([{ class: 'e' }]);
  expect(report.copies[0].files).toEqual(['a/0.png', 'b/copy.png']);
});

test('rejects a folder without classes', async () => {
  await expect(checkDataset(at('bad/train/a'))).rejects.toThrow('a: no class folders');
  await expect(checkDataset(at('nowhere'))).rejects.toThrow('nowhere: no such folder');
});

const photos = '../shared/photo15';
test.skipIf(!existsSync(photos))(
  `photographs: the copies in ${photos}, and no false alarms (skipped where the folder is absent)`,
  async () => {
    const { copies, near, unreadable } = await checkDataset(photos);
    expect(unreadable).toEqual([]);
    expect(copies.map(({ files }) => files)).toEqual([
      ['train/car/voc2012_2009_000825.jpg', 'train/motorbike/voc2012_2009_000825.jpg'],
    ]);
    // One photograph each: five pairs were looked at, the others differ in no bit of the hash.
    expect(near.map(({ files }) => files.map((file) => file.slice(-11)).join(' '))).toEqual([
      '0010009.jpg 0010026.jpg',
      '0010023.jpg 0010056.jpg',
      '0010033.jpg 0010064.jpg',
      '0020174.jpg 0020181.jpg',
      '0030046.jpg 0030039.jpg',
      '0060030.jpg 0060206.jpg',
      '0060175.jpg 0060194.jpg',
      '0070053.jpg 0070115.jpg',
      '0080037.jpg 0080055.jpg',
    ]);
  },
);
