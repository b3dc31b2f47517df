import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hugeJpeg } from '../../../tools/fuzz/huge-pictures.ts';
import { random } from '../../tensor/random.ts';
import { tensor } from '../../tensor/tensor.ts';
import { type ImageFolder, scanImageFolder } from '../dataset/image-folder.ts';
import { pictureFile } from '../picture/picture-file.ts';
import { middleOf } from '../picture/picture-source.ts';
import { encodePng } from '../picture/write-picture.ts';
import type { LoadPictures } from '../threads/read-ahead.ts';
import { defaultRanges } from './augment.ts';
import { type Batch, type BatchOptions, batchCount, batches } from './batches.ts';
import { loadInWorkers } from './load-in-workers.ts';
import { loadPictures } from './load-pictures.ts';
import { PictureCache } from './picture-cache.ts';

let dir: string;
let split: ImageFolder;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'batches-'));
  for (const [label, name] of ['a', 'b'].entries()) {
    mkdirSync(join(dir, name));
    for (let i = 0; i < 5; i++) {
      const picture = tensor('uint8', [6, 6, 3], new Uint8Array(108).fill(100 * label + 10 * i));
      writeFileSync(join(dir, name, `${i}.png`), await encodePng(picture));
    }
  }
  split = await scanImageFolder(dir);
});
afterAll(() => rmSync(dir, { recursive: true }));

const small = { size: 4, batchSize: 4 };
const all = async (
  options: Partial<BatchOptions> = {},
  from = split,
  load?: LoadPictures,
): Promise<Batch[]> => {
  const out: Batch[] = [];
  for await (const batch of batches(from, { ...small, ...options }, load)) out.push(batch);
  return out;
};
/** Answers in another order than it is asked. */
const uneven = (seed: number): LoadPictures => {
  const draw = random(seed);
  return async (task) => {
    const wait = draw.integer(20);
    const loaded = await loadPictures(task);
    await new Promise((resolve) => setTimeout(resolve, wait));
    return loaded;
  };
};
/** The split with files that cannot be read in between. */
const withBad = (...places: number[]): ImageFolder => {
  const samples = [...split.samples];
  for (const at of places) samples.splice(at, 0, { path: join(dir, `a/missing-${at}.png`), label: 0 });
  return { ...split, samples };
};

test('gives images in order, with a smaller last batch', async () => {
  const got = await all();
  expect(got.map((batch) => batch.pictures.shape)).toEqual([
    [4, 4, 4, 3],
    [4, 4, 4, 3],
    [2, 4, 4, 3],
  ]);
  expect(got.flatMap((batch) => [...batch.labels])).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  expect(got.flatMap((batch) => batch.paths)).toEqual(split.samples.map((sample) => sample.path));
  expect(got[1].pictures.data[2 * 48]).toBe(110);
  expect((await all({ dropLast: true })).length).toBe(batchCount(10, 4, true));
  expect(batchCount(10, 4)).toBe(3);
  expect((await all({ channels: 1, height: 2, width: 3 }))[0].pictures.shape).toEqual([4, 2, 3, 1]);
});

test('the same seeds give the same batches, regardless of caching and reading ahead', async () => {
  const options = (): Partial<BatchOptions> => ({ shuffle: random(1), augment: random(2) });
  const first = await all(options());
  const cache = new PictureCache();
  expect(await all({ ...options(), cache, ahead: 1 })).toEqual(first);
  expect(cache.bytes).toBe(10 * 48);
  expect(await all({ ...options(), cache, ahead: 7 })).toEqual(first);
  expect(await all({ ...options(), shuffle: random(3) })).not.toEqual(first);
  expect(await all({ ...options(), augment: random(3) })).not.toEqual(first);
});

test('one generator continues from pass to pass', async () => {
  const shuffle = random(4);
  const one = await all({ shuffle });
  const two = await all({ shuffle });
  expect(two).not.toEqual(one);
  expect(new Set(two.flatMap((batch) => batch.paths)).size).toBe(10);
});

test('the cache keeps within its budget', async () => {
  const cache = new PictureCache(100);
  await all({ cache });
  expect(cache.bytes).toBe(96);
  expect(() => new PictureCache(-1)).toThrow('got -1');
});

test('skips unreadable images and reports each once', async () => {
  const cache = new PictureCache();
  const told: string[] = [];
  const options = {
    cache,
    onUnreadable: (path: string, error: Error) => told.push(`${path} | ${error.message}`),
  };
  const bad = withBad(0, 5);
  const got = await all(options, bad);
  expect(got.map((batch) => batch.labels.length)).toEqual([4, 4, 2]);
  expect(told).toEqual(
    [0, 5].map((at) => join(dir, `a/missing-${at}.png`)).map((path) => `${path} | ${path}: no such file`),
  );
  expect(await all(options, bad)).toEqual(got);
  expect(told).toHaveLength(2);
});

test('in a folder of unusual files, reads what is readable and names the rest', async () => {
  const odd = mkdtempSync(join(tmpdir(), 'batches-odd-'));
  const at = (name: string): string => join(odd, 'class', name);
  mkdirSync(at('folder.jpg'), { recursive: true });
  const png = await encodePng(tensor('uint8', [2, 2, 3], new Uint8Array(12).fill(51)));
  writeFileSync(at('a.jpg'), png);
  writeFileSync(at('empty.jpg'), '');
  writeFileSync(at('huge.jpg'), hugeJpeg(20_000, 20_000, true));
  writeFileSync(at('text.jpg'), 'no picture');
  symlinkSync('loop.jpg', at('loop.jpg'));
  symlinkSync('nowhere.jpg', at('dangling.jpg'));
  symlinkSync('folder.jpg', at('link-to-folder.jpg'));
  symlinkSync('a.jpg', at('z.jpg'));
  const told: string[] = [];
  const listed = await scanImageFolder(odd);
  expect(listed.leftOut).toMatchObject([{ what: 'the same folder as folder.jpg' }]);
  const [batch, ...none] = await all({ onUnreadable: (_, { message }) => told.push(message) }, listed);
  expect(none).toEqual([]);
  expect(batch.paths).toEqual([at('a.jpg'), at('z.jpg')]);
  expect(batch.pictures.data.every((value) => value === 51)).toBe(true);
  expect(told).toEqual([
    `${at('dangling.jpg')}: a broken link`,
    `${at('empty.jpg')}: the file is empty`,
    expect.stringContaining(`${at('huge.jpg')}: 20000 x 20000 pixels`),
    `${at('loop.jpg')}: its symbolic links go round in a circle`,
    expect.stringContaining(`${at('text.jpg')}: not a JPEG`),
  ]);
  rmSync(odd, { recursive: true });
});

test('rejects a folder with no readable image or no full batch', async () => {
  const none = { ...split, samples: [{ path: join(dir, 'x.png'), label: 0 }] };
  await expect(all({}, none)).rejects.toThrow(
    `${dir}: none of the 1 images can be read (${join(dir, 'x.png')}: no such file)`,
  );
  await expect(all({ batchSize: 11, dropLast: true })).rejects.toThrow(
    '10 readable images do not fill a batch of 11',
  );
  await expect(all({ batchSize: 0 })).rejects.toThrow('batches: batchSize is a whole number >= 1, got 0');
  await expect(all({ size: 1.5 })).rejects.toThrow('batches: height is a whole number >= 1, got 1.5');
});

test('leaving the loop early causes no error', async () => {
  for await (const batch of batches(withBad(1, 2, 6, 9), { ...small, batchSize: 1 })) {
    expect(batch.labels).toHaveLength(1);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
});

test('a pass resumed at any batch gives identical batches', async () => {
  const bad = withBad(0, 1, 6, 12, 13);
  for (const batchSize of [1, 3, 4]) {
    const options = (): Partial<BatchOptions> => ({ shuffle: random(5), augment: random(6), batchSize });
    const unbroken = await all(options(), bad);
    expect(unbroken.flatMap((batch) => batch.paths)).toHaveLength(10);
    for (const [i, { position }] of unbroken.entries()) {
      const cache = new PictureCache();
      expect(await all({ ...options(), from: position }, bad)).toEqual(unbroken.slice(i + 1));
      expect(await all({ ...options(), from: position, cache, ahead: 5 }, bad, uneven(i))).toEqual(
        unbroken.slice(i + 1),
      );
      // Now some unreadable files are known before they are met.
      expect(await all({ ...options(), cache }, bad, uneven(i + 100))).toEqual(unbroken);
    }
  }
});

test('positions count the unreadable files that a batch skipped', async () => {
  const positions = (await all({}, withBad(0, 2, 11))).map((batch) => batch.position);
  expect(positions).toEqual([6, 10, 13]);
  expect(await all({ from: 10 })).toEqual([]);
  expect((await all({ from: 8, batchSize: 1, dropLast: true })).map((batch) => batch.position)).toEqual([
    9, 10,
  ]);
  expect(await all({ from: 8, dropLast: true })).toEqual([]);
  for (const from of [-1, 11, 0.5]) {
    await expect(all({ from })).rejects.toThrow(
      `batches: from is a whole number from 0 to the 10 images, got ${from}`,
    );
  }
});

test('with strict, the first unreadable image ends the pass', async () => {
  const cache = new PictureCache();
  const bad = withBad(5, 9);
  await all({ cache }, bad); // known or not
  for (const options of [{}, { cache }]) {
    const got: Batch[] = [];
    const pass = batches(bad, { ...small, ...options, strict: true, ahead: 3 }, uneven(1));
    await expect(
      (async () => {
        for await (const batch of pass) got.push(batch);
      })(),
    ).rejects.toThrow(`${join(dir, 'a/missing-5.png')}: no such file`);
    expect(got.map((batch) => batch.position)).toEqual([4]);
  }
  expect(await all({ strict: true })).toEqual(await all());
});

test('worker threads give the same batches: augmented, cached and with unreadable files', async () => {
  const samples = Array.from({ length: 5 }, () => withBad(3).samples).flat();
  const many = { ...split, samples: [...samples, { path: join(dir, 'a/none.png'), label: 1 }] };
  const options = (): Partial<BatchOptions> => ({ shuffle: random(7), augment: random(8), batchSize: 16 });
  const cache = new PictureCache();
  const told: string[][] = [[], []];
  const here = await all({ ...options(), onUnreadable: (path) => told[0].push(path) }, many, loadPictures);
  const there = await all(
    { ...options(), cache, onUnreadable: (path) => told[1].push(path) },
    many,
    loadInWorkers,
  );
  expect(there).toEqual(here);
  expect(told[1]).toEqual(told[0]);
  expect(told[0].toSorted()).toEqual([join(dir, 'a/missing-3.png'), join(dir, 'a/none.png')]);
  expect(cache.bytes).toBe(10 * 48);
  expect(await all({ ...options(), cache }, many, loadInWorkers)).toEqual(here);
});

test('labels move with their pictures and keep their colours', async () => {
  const ranges = { ...defaultRanges, brightness: 0.9 };
  const options = { augment: random(8), ranges, batchSize: 4 };
  const [labels] = await all({ ...options, augment: random(8), keepColours: true });
  const [coloured] = await all({ ...options, augment: random(8) });
  const [same] = await all({ ...options, augment: random(8), ranges: { ...ranges, brightness: 1e-9 } });
  expect(labels.pictures.data).not.toEqual(coloured.pictures.data);
  expect(labels.pictures.data).toEqual(same.pictures.data);
});

test('reads only the middle of each picture, as an explanation does', async () => {
  const path = join(dir, 'b/half-and-half.png');
  const picture = tensor('uint8', [6, 12, 3]);
  for (let i = 0; i < picture.data.length; i++) picture.data[i] = (Math.floor(i / 3) % 12 < 3 ? 1 : 0) * 255;
  writeFileSync(path, await encodePng(picture));
  const one = { ...split, samples: [{ path, label: 1 }] };
  const seen = await middleOf(pictureFile(path), 1).seen(4, 3);
  const [cropped] = await all({ crop: 1 }, one);
  expect(cropped.pictures.data).toEqual(seen.data);
  // The white quarter at the left is outside the middle.
  expect(Math.max(...cropped.pictures.data)).toBe(0);
  expect(Math.max(...(await all({}, one))[0].pictures.data)).toBeGreaterThan(128);
  await expect(all({ crop: 1.5 }, one)).rejects.toThrow(
    'batches: crop is in (0, 1] with height and width alike, got 1.5 with 4 x 4',
  );
  await expect(all({ crop: 1, width: 5 }, one)).rejects.toThrow('got 1 with 4 x 5');
});
