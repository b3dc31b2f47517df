import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { parseLabels } from '../ground-truth/label-set.ts';
import type { Orientation } from '../picture/orientation.ts';
import { encodePng } from '../picture/write-picture.ts';
import { GroundTruthFolder } from './ground-truth.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'truth-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function put(path: string, bytes: string | Uint8Array): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), bytes);
}
const boxes = (content: unknown): void => put('boxes.json', JSON.stringify(content));
/** A black picture, its file's pixels of this size. */
async function picture(
  name: string,
  width: number,
  height: number,
  orientation: Orientation = 1,
): Promise<void> {
  const create = { width, height, channels: 3 as const, background: 'black' };
  put(`test/cat/${name}`, await sharp({ create }).withMetadata({ orientation }).jpeg().toBuffer());
}
async function mask(name: string, width: number, values: readonly number[]): Promise<void> {
  put(`masks/test/cat/${name}`, await encodePng(tensor('uint8', [values.length / width, width, 1], values)));
}
const open = (): Promise<GroundTruthFolder> => GroundTruthFolder.open(dir);
const of = async (name: string): ReturnType<GroundTruthFolder['of']> =>
  (await open()).of(join(dir, 'test/cat', name));
const uint8 = (height: number, width: number, values: readonly number[]) =>
  tensor('uint8', [height, width], values);

test('reads boxes, masks, or both; undefined if there is no object', async () => {
  boxes({
    'test/cat/a.jpg': { size: [3, 2], boxes: [[0, 0, 2, 1]], fg: 0.5 },
    'test/cat/b.jpg': { size: [3, 2], boxes: [[1, 0, 3, 1]] },
    'test/cat/d.jpg': { boxes: [[1, 0, 3, 1]] },
    'test/cat/none.jpg': { size: [3, 2], boxes: [] },
  });
  for (const name of ['a.jpg', 'b.jpg', 'c.jpeg', 'd.jpg', 'none.jpg', 'empty.jpg', 'other.jpg']) {
    await picture(name, 3, 2);
  }
  await mask('a.png', 3, [0, 127, 128, 255, 255, 0]);
  await mask('c.png', 3, [255, 255, 0, 0, 0, 0]);
  await mask('empty.png', 3, [0, 0, 0, 0, 0, 0]);
  const shown = uint8(2, 3, [0, 0, 1, 1, 1, 0]);
  expect(await of('a.jpg')).toEqual({ size: [3, 2], boxes: [[0, 0, 2, 1]], mask: shown });
  expect(await of('b.jpg')).toEqual({ size: [3, 2], boxes: [[1, 0, 3, 1]] });
  expect(await of('c.jpeg')).toEqual({ size: [3, 2], mask: uint8(2, 3, [1, 1, 0, 0, 0, 0]) });
  expect(await of('d.jpg')).toEqual({ size: [3, 2], boxes: [[1, 0, 3, 1]] });
  for (const name of ['none.jpg', 'empty.jpg', 'other.jpg']) expect(await of(name)).toBeUndefined();
  expect((await open()).notes).toEqual([
    'masks: greys 0, 127, 128, 255; object: 128-255',
    `1 mask shows no object: ${join(dir, 'masks/test/cat/empty.png')}`,
  ]);
});

test('palette labels: the border is ignored, options choose the object labels', async () => {
  await picture('a.jpg', 4, 1);
  const palette = Array.from({ length: 256 }, (_, i) => [i, 0, i === 255 ? 9 : 0]);
  const data = Uint8Array.of(0, 1, 15, 255);
  put('masks/test/cat/a.png', encode({ width: 4, height: 1, channels: 1, data, palette }));
  expect(await of('a.jpg')).toEqual({
    size: [4, 1],
    mask: uint8(1, 4, [0, 1, 1, 0]),
    ignored: uint8(1, 4, [0, 0, 0, 1]),
  });
  expect((await open()).notes).toEqual(['masks: palette labels 0, 1, 15, 255; object: 1, 15, ignored: 255']);
  const told = { object: parseLabels('15'), ignore: parseLabels('1') };
  const folder = await GroundTruthFolder.open(dir, 'test', told);
  expect(await folder.of(join(dir, 'test/cat/a.jpg'))).toMatchObject({
    mask: uint8(1, 4, [0, 0, 1, 0]),
    ignored: uint8(1, 4, [0, 1, 0, 0]),
  });
  await expect(GroundTruthFolder.open(dir, 'test', { object: parseLabels('7') })).rejects.toThrow(
    'masks: palette labels 0, 1, 15, 255: none of these is in --mask-object 7',
  );
});

test('reads masks of any format and scale', async () => {
  await picture('a.jpg', 30, 20);
  const raw = { width: 3, height: 2, channels: 1 } as const;
  const values = Uint8Array.of(0, 1, 1, 0, 0, 0);
  put(
    'masks/test/cat/a.TIF',
    await sharp(values, { raw }).toColourspace('b-w').tiff({ compression: 'none' }).toBuffer(),
  );
  expect(await of('a.jpg')).toEqual({ size: [3, 2], mask: uint8(2, 3, [0, 1, 1, 0, 0, 0]) });
});

const orientations: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8];

test('turns masks and boxes in stored orientation, for all eight orientations', async () => {
  const entries: Record<string, unknown> = {};
  for (const orientation of orientations) {
    // Stored: the object is the right one of three pixels above.
    await picture(`${orientation}.jpg`, 3, 2, orientation);
    await mask(`${orientation}.png`, 3, [0, 0, 255, 0, 0, 0]);
    entries[`test/cat/${orientation}.jpg`] = { size: [3, 2], boxes: [[2, 0, 3, 1]] };
  }
  boxes(entries);
  const folder = await open();
  for (const orientation of orientations) {
    const path = join(dir, `test/cat/${orientation}.jpg`);
    const truth = await folder.of(path);
    const raw = { width: 3, height: 2, channels: 1 } as const;
    const stored = sharp(Uint8Array.of(0, 0, 1, 0, 0, 0), { raw }).toColourspace('b-w');
    const file = await stored.withMetadata({ orientation }).png().toBuffer();
    const { data, info } = await sharp(file)
      .autoOrient()
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = data.indexOf(1);
    const [x, y] = [at % info.width, Math.floor(at / info.width)];
    expect(truth, `orientation ${orientation}`).toEqual({
      size: [info.width, info.height],
      boxes: [[x, y, x + 1, y + 1]],
      mask: uint8(info.height, info.width, [...data]),
    });
  }
  expect(folder.notes).toEqual([
    'masks: values 0, 255; object: 255',
    'the masks of 4 pictures that Exif turns fit the stored pixels, so they are turned, too: test/cat/5.jpg, ...',
    'the masks of 3 pictures that Exif turns or mirrors fit both ways; they are turned, too, like all others: test/cat/2.jpg, ...',
    'the boxes of 4 pictures that Exif turns fit the stored pixels, so they are turned, too: test/cat/5.jpg, ...',
    'the boxes of 3 pictures that Exif turns or mirrors fit both ways; they are turned, too, like all others: test/cat/2.jpg, ...',
  ]);
});

test('keeps upright masks of turned pictures, and notes sizes that are ambiguous', async () => {
  for (const orientation of [3, 6] as const) await picture(`${orientation}.jpg`, 3, 2, orientation);
  await mask('3.png', 3, [0, 0, 255, 0, 0, 0]);
  await mask('6.png', 2, [0, 0, 255, 0, 0, 0]);
  expect(await of('3.jpg')).toMatchObject({ mask: uint8(2, 3, [0, 0, 1, 0, 0, 0]) });
  expect(await of('6.jpg')).toMatchObject({ mask: uint8(3, 2, [0, 0, 1, 0, 0, 0]) });
  expect((await open()).notes[1]).toBe(
    'the masks of 1 picture that Exif turns or mirrors fit both ways; they are taken as upright, like others: test/cat/3.jpg',
  );
});

test("applies a mask's own Exif orientation", async () => {
  await picture('a.jpg', 3, 2, 6);
  await picture('b.jpg', 2, 2, 3);
  const oriented = async (
    width: number,
    height: number,
    values: readonly number[],
    orientation: Orientation,
  ) => {
    const raw = { width, height, channels: 1 } as const;
    return await sharp(Uint8Array.from(values), { raw })
      .toColourspace('b-w')
      .withMetadata({ orientation })
      .png()
      .toBuffer();
  };
  put('masks/test/cat/a.png', await oriented(3, 2, [0, 0, 255, 0, 0, 0], 6));
  put('masks/test/cat/b.png', await oriented(2, 2, [255, 0, 0, 0], 3));
  expect(await of('a.jpg')).toMatchObject({ size: [2, 3], mask: uint8(3, 2, [0, 0, 0, 0, 0, 1]) });
  expect(await of('b.jpg')).toMatchObject({ mask: uint8(2, 2, [0, 0, 0, 1]) });
  expect((await open()).notes).toEqual(['masks: values 0, 255; object: 255']);
});

test('boxes without a size: ambiguous ones follow those that fit only the stored orientation', async () => {
  await picture('a.jpg', 30, 20, 6);
  await picture('b.jpg', 30, 20, 6);
  boxes({ 'test/cat/a.jpg': { boxes: [[20, 0, 30, 10]] }, 'test/cat/b.jpg': { boxes: [[0, 0, 10, 5]] } });
  expect(await of('a.jpg')).toEqual({ size: [20, 30], boxes: [[10, 20, 20, 30]] });
  expect(await of('b.jpg')).toEqual({ size: [20, 30], boxes: [[15, 0, 20, 10]] });
});

test('names masks without information and masks that are not used', async () => {
  await picture('a.jpg', 3, 2);
  await picture('b.jpg', 3, 2);
  await mask('a.png', 3, [1, 1, 1, 1, 1, 1]);
  await mask('b.png', 3, [0, 1, 1, 1, 1, 1]);
  await mask('a.gif', 3, [0, 1, 1, 1, 1, 1]);
  await mask('gone.png', 3, [0, 1, 1, 1, 1, 1]);
  boxes({ 'test/cat/lost.jpg': { boxes: [[0, 0, 1, 1]] }, 'train/cat/x.jpg': { boxes: [[0, 0, 1, 1]] } });
  expect((await open()).notes).toEqual([
    'masks: values 0, 1; object: 1',
    `1 mask covers all of the picture: ${join(dir, 'masks/test/cat/a.png')}`,
    '3 masks or box entries are not used: the picture is missing, or it has another mask: masks/test/cat/gone.png, ...',
  ]);
});

test('rejects faulty masks and boxes', async () => {
  await expect(open()).rejects.toThrow(
    `${dir}: there is no ground truth; masks/test/CLASS/NAME.png or boxes.json is needed`,
  );
  put('boxes.json', '{');
  await expect(open()).rejects.toThrow(/boxes\.json: .*JSON/);
  boxes([]);
  await expect(open()).rejects.toThrow('boxes.json: the file: a picture has "boxes"');
  boxes({ 'test/cat/a.jpg': { size: [3, 0], boxes: [] } });
  await expect(open()).rejects.toThrow('boxes.json: test/cat/a.jpg.size.1: a picture has');
});

test('names sizes that fit neither orientation, and boxes outside the picture', async () => {
  await picture('a.jpg', 40, 20);
  const entry = async (content: unknown): Promise<GroundTruthFolder> => {
    boxes({ 'test/cat/a.jpg': content });
    return await open();
  };
  await expect(entry({ size: [20, 40], boxes: [[0, 0, 2, 1]] })).rejects.toThrow(
    'boxes.json: test/cat/a.jpg: size 20 x 40, the picture is 40 x 20',
  );
  await expect(entry({ size: [40, 20], boxes: [[0, 0, 2, 30]] })).rejects.toThrow(
    'boxes.json: test/cat/a.jpg: the box [0, 0, 2, 30] does not lie in its size, 40 x 20',
  );
  await expect(entry({ boxes: [[0, 0, 2, 30]] })).rejects.toThrow(
    'boxes.json: test/cat/a.jpg: the box [0, 0, 2, 30] does not lie in the picture, 40 x 20',
  );
  rmSync(join(dir, 'boxes.json'));
  const values = Array.from({ length: 400 }, (_, i) => i % 2);
  await mask('a.png', 20, values);
  await expect(open()).rejects.toThrow(
    `${join(dir, 'masks/test/cat/a.png')}: 20 x 20 pixels, its picture test/cat/a.jpg is 40 x 20; a mask must show the whole picture, with the same aspect ratio: correct or remove it`,
  );
  await picture('b.jpg', 40, 20, 6);
  await mask('b.png', 20, values);
  await expect(open()).rejects.toThrow(
    /a\.png: 20 x 20 pixels, .*; 1 other problem \(hrm data check lists all\)/,
  );
  rmSync(join(dir, 'test/cat/a.jpg'));
  await expect(open()).rejects.toThrow(
    'b.png: 20 x 20 pixels, its picture test/cat/b.jpg is 20 x 40, stored as 40 x 20; a mask',
  );
});

test('rejects a picture of another split', async () => {
  await picture('a.jpg', 3, 2);
  await mask('a.png', 3, [0, 1, 1, 1, 1, 1]);
  cpSync(join(dir, 'test'), join(dir, 'train'), { recursive: true });
  const folder = await open();
  await expect(folder.of(join(dir, 'train/cat/a.jpg'))).rejects.toThrow(
    `a.jpg: not in ${join(dir, 'test')}, whose ground truth was opened`,
  );
});
