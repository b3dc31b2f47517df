import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tarOf } from '../../../test/helpers/tar.ts';
import type { Batch } from '../../data/batches/batches.ts';
import { encodePng } from '../../data/picture/write-picture.ts';
import type { ShuffledPosition } from '../../data/streams/shuffled-stream.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { Crew } from '../../train/crew.ts';
import { settle } from './run-options.ts';
import { StreamImages } from './stream-images.ts';
import { openStream } from './stream-split.ts';

const folder = mkdtempSync(join(tmpdir(), 'stream-images-'));
const tar = join(folder, 'train.tar');
const { signal } = new AbortController();
// Several runs at a time listen to it.
setMaxListeners(0, signal);
const broken = `${tar}: k7`;

/** Pictures of one grey each, their number; the eighth is damaged, and the tenth has no class. */
beforeAll(async () => {
  const files: [string, Uint8Array | string][] = [];
  for (let i = 0; i < 30; i++) {
    const picture = tensor('uint8', [8, 8, 3]);
    picture.data.fill(8 * i);
    files.push([`k${i}.png`, i === 7 ? 'no picture' : await encodePng(picture)]);
    if (i !== 9) files.push([`k${i}.cls`, i % 2 === 0 ? 'a' : 'b']);
  }
  writeFileSync(tar, await tarOf(Object.fromEntries(files)));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** As many ranks as there are, which hear of each other's texts. */
function crews(size: number): Crew[] {
  const waiting: { text: string; heard: (all: string[]) => void }[] = [];
  const texts = (text: string): Promise<string[]> =>
    new Promise((heard) => {
      waiting.push({ text, heard });
      if (waiting.length < size) return;
      const all = waiting.map((one) => one.text);
      for (const one of waiting.splice(0)) one.heard(all);
    });
  const agree = async (): Promise<{ stopped: boolean }> => ({ stopped: false });
  return Array.from({ length: size }, (_, rank) => ({ size, ranks: { rank }, texts, agree }) as never);
}

async function open(crew?: Crew): Promise<{ images: StreamImages; told: string[] }> {
  const told: string[] = [];
  const { train, heldOut } = await openStream(tar, { share: 0.2, seed: 3, tell: () => {}, signal });
  const given = { batchSize: 6, imSize: 32, shuffleBuffer: 10, seed: 3 };
  const plan = { options: settle('half', tar, given), train, validation: heldOut };
  const skipped = (path: string): void => void told.push(path);
  return { images: new StreamImages(plan, skipped, () => {}, signal, crew), told };
}

async function epoch(images: StreamImages, position = 0, place?: ShuffledPosition): Promise<Batch[]> {
  const found: Batch[] = [];
  for await (const batch of images.training(1, position, place)) found.push(batch);
  return found;
}

test.each([2, 3])(
  '%i ranks together train and validate on the same pictures as one process',
  async (size) => {
    const { images: alone, told } = await open();
    const whole = await epoch(alone);
    expect(told.sort()).toEqual([broken, `${tar}: k9`]);
    const ranks = await Promise.all(crews(size).map(open));
    expect(
      await Promise.all(ranks.map(({ images, told: own }) => images.check((path) => own.push(path), signal))),
    ).toEqual(Array(size).fill(true));
    for (const { told: own } of ranks) expect(own.sort()).toEqual(told);
    const shares = await Promise.all(ranks.map(({ images }) => epoch(images)));
    expect(whole.length).toBeGreaterThan(2);
    for (const share of shares) expect(share).toHaveLength(whole.length);
    for (const [i, { pictures, labels, paths, position, place }] of whole.entries()) {
      const parts = shares.map((share) => share[i]);
      expect(parts.flatMap((part) => [...part.pictures.data])).toEqual([...pictures.data]);
      expect(parts.flatMap((part) => [...part.labels])).toEqual([...labels]);
      expect(parts.flatMap((part) => part.paths)).toEqual(paths);
      for (const part of parts) expect([part.position, part.place]).toEqual([position, place]);
    }
    const [first, ...rest] = shares[1];
    expect(await epoch(ranks[1].images, first.position, first.place)).toEqual(rest);

    const validated: string[] = [];
    for await (const { paths } of alone.validation()) validated.push(...paths);
    const own: string[] = [];
    for (const { images } of ranks) {
      const before = own.length;
      if (images.ownToValidate > 0) for await (const { paths } of images.validation()) own.push(...paths);
      expect(own.length - before).toBe(images.ownToValidate);
    }
    expect(own.sort()).toEqual(validated.sort());
  },
);
