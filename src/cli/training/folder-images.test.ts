import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ImageFolder } from '../../data/dataset/image-folder.ts';
import { encodePng } from '../../data/picture/write-picture.ts';
import { tensor } from '../../tensor/tensor.ts';
import { fingerprint } from './fingerprint.ts';
import { FolderImages, type FolderPlan } from './folder-images.ts';
import { settle } from './run-options.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'images-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Twelve pictures, the last of which was never one. */
async function twelve(): Promise<ImageFolder> {
  const folder = join(dir, 'train');
  mkdirSync(folder);
  const samples = Array.from({ length: 12 }, (_, i) => ({ path: join(folder, `${i}.png`), label: i % 2 }));
  for (const { path } of samples) writeFileSync(path, await encodePng(tensor('uint8', [4, 4, 3])));
  writeFileSync(samples[11].path, 'no picture');
  return { dir: folder, classes: ['a', 'b'], samples };
}

async function open(
  train: ImageFolder,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ images: FolderImages; told: string[] }> {
  const told: string[] = [];
  const { data, contents } = await fingerprint([train]);
  const options = settle('half', dir, { batchSize: 4, imSize: 32 });
  const plan = { options, train, data, contents, notes: [] } as unknown as FolderPlan;
  const skipped = (path: string, reason: string): void => void told.push(`${path}: ${reason}`);
  return { images: new FolderImages(plan, skipped, () => {}, signal), told };
}

async function readAll(images: FolderImages): Promise<number> {
  let read = 0;
  for await (const { paths } of images.plain(4)) read += paths.length;
  return read;
}

test('distinguishes a few files that disappear during a run from files that were never there', async () => {
  const train = await twelve();
  const { images, told } = await open(train);
  rmSync(train.samples[0].path);
  writeFileSync(train.samples[1].path, 'cut short');
  expect(await readAll(images)).toBe(9);
  const during = 'it could be read when the training began';
  expect(told.filter((line) => line.includes(during))).toHaveLength(2);
  expect(images.unreadable).toHaveLength(3);
  expect(images.unreadableFromStart.map(([path]) => path)).toEqual(['train/11.png']);
});

test('stops if many files disappear during a run', async () => {
  const train = await twelve();
  const { images } = await open(train);
  renameSync(train.dir, `${train.dir}-moved`);
  await expect(readAll(images)).rejects.toThrow(
    /: 3 of 12 images could be read when the training began, but not any more, such as .*\.png: no such file; restore them, and continue with --resume$/,
  );
  expect(images.unreadableFromStart).toEqual([]);
});

test('stops reading at the abort signal, with its reason', async () => {
  const controller = new AbortController();
  const { images } = await open(await twelve(), controller.signal);
  const reading = readAll(images);
  controller.abort('SIGTERM');
  await expect(reading).rejects.toBe('SIGTERM');
});
