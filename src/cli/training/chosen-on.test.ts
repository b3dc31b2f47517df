import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Sample } from '../../data/dataset/image-folder.ts';
import { chosenOn, chosenOnIn, howManyChose } from './chosen-on.ts';

const dir = mkdtempSync(join(tmpdir(), 'chosen-on-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** Files of different sizes. */
function put(folder: string, from: number, to: number): Sample[] {
  mkdirSync(join(dir, folder), { recursive: true });
  return Array.from({ length: to - from }, (_, i) => {
    const path = join(dir, folder, `${from + i}.jpg`);
    writeFileSync(path, 'x'.repeat(from + i));
    return { path, label: 0 };
  });
}

test('recognises the same pictures in any folder, and no others', async () => {
  const chosen = await chosenOn('test', put('a', 0, 12));
  expect(chosen).toMatchObject({ pictures: 'test', images: 12 });
  cpSync(join(dir, 'a'), join(dir, 'copied'), { recursive: true });
  const copied = Array.from({ length: 12 }, (_, i) => ({ path: join(dir, `copied/${i}.jpg`), label: 0 }));
  expect(await howManyChose(chosen, copied)).toBe(12);
  expect(await howManyChose(chosen, [...copied.slice(0, 5), ...put('others', 100, 150)])).toBe(5);
  expect(await howManyChose(chosen, put('none', 200, 230))).toBe(0);
  const alike = put('a', 0, 12);
  for (const { path } of alike) writeFileSync(path, readFileSync(path, 'utf8').replaceAll('x', 'y'));
  expect(await howManyChose(chosen, alike)).toBe(1); // the empty file
});

test('keeps a sample of many pictures, from which it estimates how many are present', async () => {
  const many = put('many', 0, 600);
  const chosen = await chosenOn('val', many);
  expect(chosen.contents).toHaveLength(64 * 8);
  expect(await howManyChose(chosen, many)).toBe(600);
  const half = await howManyChose(chosen, many.slice(0, 300));
  expect(half).toBeGreaterThan(150);
  expect(half).toBeLessThan(450);
});

test('is stored in the training metadata of a model file', async () => {
  const chosen = await chosenOn('test', put('b', 0, 3));
  expect(chosenOnIn(JSON.parse(JSON.stringify({ epochs: 3, chosenOn: chosen })))).toEqual(chosen);
  expect(chosenOnIn({ epochs: 3 })).toBeUndefined();
  expect(chosenOnIn({ chosenOn: 'test' })).toBeUndefined();
  expect(chosenOnIn(undefined)).toBeUndefined();
});
