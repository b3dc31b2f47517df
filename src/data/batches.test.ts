import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import { type Batch, type BatchOptions, batchCount, batches } from './batches.ts';
import { type ImageFolder, scanImageFolder } from './image-folder.ts';
import { PictureCache } from './picture-cache.ts';
import { mapAhead, prefetch } from './prefetch.ts';
import { encodePng } from './write-picture.ts';

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
const all = async (options: Partial<BatchOptions> = {}, from = split): Promise<Batch[]> => {
  const out: Batch[] = [];
  for await (const batch of batches(from, { ...small, ...options })) out.push(batch);
  return out;
};
/** The split with files that cannot be read in between. */
const withBad = (...places: number[]): ImageFolder => {
  const samples = [...split.samples];
  for (const at of places) samples.splice(at, 0, { path: join(dir, `a/missing-${at}.png`), label: 0 });
  return { ...split, samples };
};

test('in order, scaled to [0, 1], the last batch smaller', async () => {
  const got = await all();
  expect(got.map((batch) => batch.images.shape)).toEqual([
    [4, 4, 4, 3],
    [4, 4, 4, 3],
    [2, 4, 4, 3],
  ]);
  expect(got.flatMap((batch) => [...batch.labels])).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  expect(got.flatMap((batch) => batch.paths)).toEqual(split.samples.map((sample) => sample.path));
  expect(got[1].images.data[2 * 48]).toBe(Math.fround(110 / 255));
  expect((await all({ dropLast: true })).length).toBe(batchCount(10, 4, true));
  expect(batchCount(10, 4)).toBe(3);
  expect((await all({ channels: 1, height: 2, width: 3 }))[0].images.shape).toEqual([4, 2, 3, 1]);
});

test('the same seeds give the same batches, whatever is cached or ahead', async () => {
  const options = (): Partial<BatchOptions> => ({ shuffle: random(1), augment: random(2) });
  const first = await all(options());
  const cache = new PictureCache();
  expect(await all({ ...options(), cache, ahead: 1 })).toEqual(first);
  expect(cache.bytes).toBe(10 * 48);
  expect(await all({ ...options(), cache, ahead: 7 })).toEqual(first);
  expect(await all({ ...options(), shuffle: random(3) })).not.toEqual(first);
  expect(await all({ ...options(), augment: random(3) })).not.toEqual(first);
});

test('one generator carries on from pass to pass', async () => {
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

test('unreadable images are passed over and told of once', async () => {
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

test('nothing readable, or no full batch: an error', async () => {
  const none = { ...split, samples: [{ path: join(dir, 'x.png'), label: 0 }] };
  await expect(all({}, none)).rejects.toThrow(
    `${dir}: none of the 1 images can be read (${join(dir, 'x.png')}: no such file)`,
  );
  await expect(all({ batchSize: 11, dropLast: true })).rejects.toThrow(
    '10 readable images make no full batch of 11',
  );
  await expect(all({ batchSize: 0 })).rejects.toThrow('batches: batchSize is a whole number >= 1, got 0');
  await expect(all({ size: 1.5 })).rejects.toThrow('batches: height is a whole number >= 1, got 1.5');
});

test('leaving the loop early is quiet', async () => {
  for await (const batch of batches(withBad(1, 2, 6, 9), { ...small, batchSize: 1 })) {
    expect(batch.labels).toHaveLength(1);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
});

test('mapAhead keeps the order and its bound', async () => {
  let running = 0;
  let most = 0;
  const work = async (i: number): Promise<number> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, (i * 7) % 5));
    running--;
    return i;
  };
  const got: number[] = [];
  for await (const i of mapAhead([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], work, 3)) got.push(i);
  expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(most).toBe(3);
});

test('prefetch asks ahead, passes errors on, and closes its source', async () => {
  const log: string[] = [];
  async function* source(): AsyncGenerator<number, void, undefined> {
    try {
      for (let i = 0; i < 5; i++) {
        log.push(`make ${i}`);
        yield i;
      }
      throw new Error('the end');
    } finally {
      log.push('closed');
    }
  }
  const got: number[] = [];
  await expect(
    (async () => {
      for await (const i of prefetch(source(), 2)) got.push(i);
    })(),
  ).rejects.toThrow('the end');
  expect(got).toEqual([0, 1, 2, 3, 4]);
  log.length = 0;
  for await (const _ of prefetch(source(), 2)) break;
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(log.at(-1)).toBe('closed');
  expect(log.filter((line) => line.startsWith('make')).length).toBeLessThanOrEqual(3);
});
