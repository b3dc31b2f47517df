import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { encodePng } from '../picture/write-picture.ts';
import { readImage } from './read-image.ts';

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'read-image-'));
  for (const [i, name] of [
    'train/a/0',
    'train/b/0',
    'test/a/0',
    'test/a/1',
    'test/b/0',
    'test/b/1',
  ].entries()) {
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(
      join(dir, `${name}.png`),
      await encodePng(tensor('uint8', [8, 8, 3], new Uint8Array(192).fill(10 * i))),
    );
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

test('reads the image at an index, including 0', async () => {
  const got = await readImage(dir, { index: 2, size: 4 });
  expect(got).toMatchObject({ label: 1, className: 'b', path: join(dir, 'test/b/0.png') });
  expect(got.image.shape).toEqual([1, 4, 4, 3]);
  expect(got.picture.data[0]).toBe(40);
  expect(got.image.data[0]).toBe(Math.fround(40 / 255));
  expect((await readImage(dir, { index: 0 })).path).toBe(join(dir, 'test/a/0.png'));
  expect((await readImage(dir, { index: 1, className: 'b', channels: 1 })).path).toBe(
    join(dir, 'test/b/1.png'),
  );
  expect((await readImage(dir, { index: 1, split: 'train' })).className).toBe('b');
});

test('reads a random image, the same for the same seed', async () => {
  const paths = await Promise.all(
    Array.from({ length: 20 }, async (_, seed) => (await readImage(dir, { seed })).path),
  );
  expect(new Set(paths).size).toBe(4);
  expect((await readImage(dir, { seed: 7 })).path).toBe(paths[7]);
  expect((await readImage(dir)).image.shape).toEqual([1, 224, 224, 3]);
});

test('finds a class by any of its names in a synset file', async () => {
  const synsets = join(dir, 'synsets.txt');
  writeFileSync(synsets, 'a crane, heron\nb crane\n');
  expect(await readImage(dir, { className: 'heron', index: 1, synsets })).toMatchObject({
    label: 0,
    className: 'crane',
    path: join(dir, 'test/a/1.png'),
  });
  await expect(readImage(dir, { className: 'crane', synsets })).rejects.toThrow(
    "the name 'crane' is shared by the classes 0 (a), 1 (b); use the index or the id",
  );
});

test('rejects an unknown class and an index out of range', async () => {
  await expect(readImage(dir, { index: 4 })).rejects.toThrow(
    'the index is a whole number from 0 to 3, got 4',
  );
  await expect(readImage(dir, { index: -1 })).rejects.toThrow('got -1');
  await expect(readImage(dir, { className: 'goose' })).rejects.toThrow(
    `${dir}: no class is called 'goose' (classes: a, b)`,
  );
});

const photos = '../shared/photo15';
test.skipIf(!existsSync(photos))(
  `a photograph of ${photos} (skipped where the folder is absent)`,
  async () => {
    const got = await readImage(photos, { index: 13 });
    expect(got.image.shape).toEqual([1, 224, 224, 3]);
    expect(got.className).toBe('airplane');
    expect((await readImage(photos, { className: 'Motorbike', seed: 1 })).label).toBe(14);
    await expect(readImage(photos, { className: 'motorbik' })).rejects.toThrow(
      "did you mean 'motorbike'? (classes: airplane, bicycle,",
    );
  },
);
