import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ImageFolder } from '../../data/dataset/image-folder.ts';
import { contentDigest, contentDigestSync } from '../../data/files/content-digest.ts';
import { changes, fingerprint } from './fingerprint.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fingerprint-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function put(...contents: readonly string[]): ImageFolder {
  mkdirSync(join(dir, 'train/cat'), { recursive: true });
  const samples = contents.map((content, i) => {
    const path = join(dir, `train/cat/${i}.jpg`);
    writeFileSync(path, content);
    return { path, label: 0 };
  });
  return { dir: join(dir, 'train'), classes: ['cat', 'none'], samples };
}

async function changesOf(split: ImageFolder, change: () => void): Promise<string[]> {
  const { data } = await fingerprint([split]);
  change();
  return changes(data, (await fingerprint([split])).data, [split]);
}

test('names a picture of the same name and size with other content', async () => {
  expect(await changesOf(put('aaaa', 'bbbb', 'cccc'), () => put('aaaa', 'bbxb', 'cccc'))).toEqual([
    'train/cat/1.jpg has other content',
  ]);
  expect(await changesOf(put('a', 'b', 'c', 'd', 'e'), () => put('1', '2', '3', '4', '5'))).toEqual([
    'train/cat/0.jpg has other content',
    'train/cat/1.jpg has other content',
    'train/cat/2.jpg has other content',
    'train/cat/... has 2 more images with other content',
  ]);
});

test('another time is no change, another size is reported for the folder', async () => {
  const split = put('aaaa', 'bbbb');
  expect(await changesOf(split, () => utimesSync(split.samples[0].path, 1, 1))).toEqual([]);
  expect(await changesOf(split, () => put('aaaaa', 'bbbb'))).toEqual([
    'train/cat has images with other names or sizes',
  ]);
  expect(await changesOf(put('aaaa', 'bbbb'), () => rmSync(split.samples[1].path))).toHaveLength(1);
});

test('accepts an early checkpoint without content digests', async () => {
  const split = put('aaaa');
  const { data } = await fingerprint([split]);
  const { contents: _, ...early } = data['train/cat'];
  put('bbbb');
  expect(changes({ 'train/cat': early }, (await fingerprint([split])).data, [split])).toEqual([]);
});

test('stops at the abort signal', async () => {
  await expect(fingerprint([put('a')], AbortSignal.abort('SIGINT'))).rejects.toBe('SIGINT');
});

test('digests beginning, middle and end of a large file; a missing file has no digest', async () => {
  const path = join(dir, 'large');
  const bytes = new Uint8Array(3 * 2 ** 20);
  const digests = new Set<string | undefined>();
  for (const at of [-1, 0, bytes.length / 2, bytes.length - 1]) {
    if (at >= 0) bytes[at] = 1;
    writeFileSync(path, bytes);
    const digest = await contentDigest(path);
    expect(digest).toMatch(/^[0-9a-f]{8}$/);
    expect(contentDigestSync(path)).toBe(digest);
    digests.add(digest);
  }
  expect(digests.size).toBe(4);
  expect(await contentDigest(`${path}.not`)).toBeUndefined();
  expect(contentDigestSync(`${path}.not`)).toBeUndefined();
});
