import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDataset } from '../dataset/image-folder.ts';
import { readPicture } from '../picture/decode.ts';
import { type BoxEntry, writeScenes } from './write-scenes.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'scenes-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const small = { classes: 3, train: 7, test: 4, size: 32 };

test('writes a data set with masks and boxes and evenly spread classes', async () => {
  const out = join(dir, 'new/scenes');
  const told: string[] = [];
  const { classes } = await writeScenes({
    ...small,
    out,
    onProgress: (done, total) => told.push(`${done}/${total}`),
  });
  expect(classes).toEqual(['disc', 'square', 'triangle']);
  expect([told.length, told[0], told.at(-1)]).toEqual([11, '1/11', '11/11']);
  const dataset = await openDataset(out);
  expect(dataset.classes).toEqual(classes);
  expect(dataset.train.samples.map((sample) => sample.label)).toEqual([0, 0, 0, 1, 1, 2, 2]);
  expect(dataset.test?.samples.map((sample) => sample.label)).toEqual([0, 0, 1, 2]);
  const boxes = JSON.parse(readFileSync(join(out, 'boxes.json'), 'utf8')) as Record<string, BoxEntry>;
  expect(Object.keys(boxes)).toHaveLength(11);
  for (const [
    path,
    {
      size,
      boxes: [[x0, y0, x1, y1]],
      fg,
    },
  ] of Object.entries(boxes)) {
    expect((await readPicture(join(out, path))).shape).toEqual([32, 32, 3]);
    const mask = await readPicture(join(out, 'masks', path.replace('.jpg', '.png')), { channels: 1 });
    const on = [...mask.data.keys()].filter((i) => mask.data[i] === 255);
    expect(on.length + mask.data.filter((value) => value === 0).length).toBe(32 * 32);
    expect(size).toEqual([32, 32]);
    expect(fg).toBeCloseTo(on.length / 1024, 3);
    const [xs, ys] = [on.map((i) => i % 32), on.map((i) => Math.floor(i / 32))];
    expect([x0, y0, x1, y1]).toEqual([
      Math.min(...xs),
      Math.min(...ys),
      Math.max(...xs) + 1,
      Math.max(...ys) + 1,
    ]);
  }
  expect(readdirSync(join(dir, 'new'))).toEqual(['scenes']);
});

test('the same seed gives the same files, fewer scenes are the first ones, train and test differ', async () => {
  const out = (name: string): string => join(dir, name);
  await writeScenes({ ...small, out: out('a') });
  await writeScenes({ ...small, train: 5, out: out('b') });
  await writeScenes({ ...small, seed: 1, out: out('c') });
  const bytes = (name: string, path: string): string => readFileSync(join(dir, name, path)).toString('hex');
  for (const path of [
    'train/disc/disc-0002.jpg',
    'test/disc/disc-0002.jpg',
    'masks/train/disc/disc-0001.png',
  ]) {
    expect(bytes('b', path)).toBe(bytes('a', path));
    expect(bytes('c', path)).not.toBe(bytes('a', path));
  }
  expect(existsSync(join(dir, 'b/train/disc/disc-0003.jpg'))).toBe(false);
  expect(bytes('a', 'test/disc/disc-0001.jpg')).not.toBe(bytes('a', 'train/disc/disc-0001.jpg'));
});

test('fills an empty folder, rejects any other, and leaves nothing after a failure', async () => {
  const out = join(dir, 'out');
  mkdirSync(out);
  const fails = writeScenes({
    ...small,
    out,
    onProgress: (done) => {
      if (done === 3) throw new Error('stop');
    },
  });
  await expect(fails).rejects.toThrow('stop');
  expect(readdirSync(out)).toEqual([]);
  await writeScenes({ ...small, out });
  expect(readdirSync(out).sort()).toEqual(['boxes.json', 'masks', 'test', 'train']);
  await expect(writeScenes({ ...small, out })).rejects.toThrow(
    `cannot write ${out}: the folder is not empty`,
  );
  writeFileSync(join(dir, 'file'), '');
  await expect(writeScenes({ ...small, out: join(dir, 'file') })).rejects.toThrow('a file is in the way');
  await expect(writeScenes({ ...small, out: join(dir, 'file/a') })).rejects.toThrow('a file is in the way');
});

test('rejects options out of range', async () => {
  const out = join(dir, 'out');
  await expect(writeScenes({ out, classes: 13 })).rejects.toThrow(
    'classes is a whole number from 2 to 12, got 13',
  );
  await expect(writeScenes({ out, train: 5 })).rejects.toThrow(
    'train is a whole number from 6 to 1000000, got 5',
  );
  await expect(writeScenes({ out, test: 6.5 })).rejects.toThrow('got 6.5');
  await expect(writeScenes({ out, size: 8 })).rejects.toThrow(
    'size is a whole number from 32 to 4096, got 8',
  );
  await expect(writeScenes({ out, seed: 0.5 })).rejects.toThrow('seed is a whole number');
  expect(existsSync(out)).toBe(false);
});
