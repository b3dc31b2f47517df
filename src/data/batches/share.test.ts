import { expect, test } from 'vitest';
import { FileError } from '../../errors/file-error.ts';
import { random } from '../../tensor/random.ts';
import type { ImageFolder } from '../dataset/image-folder.ts';
import { type Batch, type BatchOptions, batches } from './batches.ts';
import type { Loaded, LoadTask } from './load-pictures.ts';
import { PictureCache } from './picture-cache.ts';
import { everyNth, placesOf } from './share.ts';

const samples = Array.from({ length: 23 }, (_, i) => ({ path: `${i}.png`, label: i % 3 }));
const split: ImageFolder = { dir: 'train', classes: ['a', 'b', 'c'], samples, ignored: 0 } as never;
const lost = ['4.png', '17.png'];

/** Pictures of one pixel, which is their number, changed by where their augmentation puts them. */
async function load({ items }: LoadTask): Promise<Loaded> {
  const pictures = items.map(({ path, augmentation }) => {
    read.push(path);
    return Number.parseInt(path, 10) + Math.round(100 * (1 + (augmentation?.affine?.translateX ?? 0)));
  });
  return {
    pictures: Uint8Array.from(pictures),
    unreadable: new Map(),
    notes: new Map(),
    decoded: new Uint8Array(),
  };
}
let read: string[] = [];

async function pass(more: Partial<BatchOptions>): Promise<Batch[]> {
  const cache = new PictureCache(0);
  for (const path of lost) cache.unreadable.set(path, new FileError(path, 'damaged'));
  const options = { size: 1, channels: 1, batchSize: 6, dropLast: true, cache } as const;
  const found: Batch[] = [];
  const draws = { shuffle: random(3), augment: random(4) };
  for await (const batch of batches(split, { ...options, ...draws, ...more }, load)) found.push(batch);
  return found;
}

test.each([2, 3, 6])(
  '%i ranks together read the same images as one process, augmented alike, and no others',
  async (of) => {
    const whole = await pass({});
    const shares: Batch[][] = [];
    for (let rank = 0; rank < of; rank++) {
      read = [];
      shares.push(await pass({ share: { rank, of } }));
      expect(read).toEqual(shares[rank].flatMap(({ paths }) => paths));
    }
    expect(whole).toHaveLength(3);
    for (const [i, { pictures, labels, paths, position }] of whole.entries()) {
      const parts = shares.map((share) => share[i]);
      expect(parts.flatMap((part) => [...part.pictures.data])).toEqual([...pictures.data]);
      expect(parts.flatMap((part) => [...part.labels])).toEqual([...labels]);
      expect(parts.flatMap((part) => part.paths)).toEqual(paths);
      for (const part of parts) expect(part.position).toBe(position);
    }
  },
);

test('a share resumes from a position of the whole pass', async () => {
  const share = { rank: 1, of: 2 };
  const [, second, third] = await pass({ share });
  const [first] = await pass({});
  expect(await pass({ share, from: first.position })).toEqual([second, third]);
});

test('rejects a batch that cannot be divided; takes every n-th image', async () => {
  const options = { share: { rank: 0, of: 4 }, batchSize: 6, from: 0, isLost: () => false };
  expect(() => placesOf(samples, options)).toThrow('a batch of 6 images cannot be divided among 4 ranks');
  expect(everyNth(samples.slice(0, 5), { rank: 1, of: 2 }).map(({ path }) => path)).toEqual([
    '1.png',
    '3.png',
  ]);
});
