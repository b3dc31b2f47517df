/** `hrm data`: what it prints, writes and leaves. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeScenes } from '../src/data/scenes/write-scenes.ts';
import { hrm, hrmOutput, newFolder, type Run, tree } from './helpers/cli.ts';

const work = newFolder();
const at = (path: string): string => join(work, path);
const run = (args: string): Promise<Run> => hrm(work, ...args.split(' '));
const output = (args: string): Promise<string> => hrmOutput(work, ...args.split(' '));

beforeAll(async () => {
  await writeScenes({ out: at('data'), classes: 3, train: 12, test: 6, size: 64 });
});
afterAll(() => rmSync(work, { recursive: true }));

test('check: reports counts and sizes, and no problems', async () => {
  const { code, stdout, stderr } = await run('data check data --strict');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(`data: 18 images of 3 classes

class     train  test
disc          4     2
square        4     2
triangle      4     2
in all       12     6

sizes: smallest 64 x 64 (train/disc/disc-0001.jpg), median 64 x 64, largest 64 x 64 (test/triangle/triangle-0002.jpg)
unreadable: 0
classes without images: 0
exact copies: 0 between train and test, or of two classes; 0 within one class
near-duplicates: 0 between train and test, or of two classes; 0 within one class
ground truth of train: masks of 12 images, boxes of 12 images
  masks: values 0, 255; object: 255
ground truth of train that cannot be used: 0
ground truth of test: masks of 6 images, boxes of 6 images
  masks: values 0, 255; object: 255
ground truth of test that cannot be used: 0
`);
});

test('check: names all unusable masks and boxes', async () => {
  await writeScenes({ out: at('places'), classes: 3, train: 3, test: 6, size: 64 });
  const crop = { left: 0, top: 0, width: 64, height: 40 };
  for (const name of ['disc/disc-0001', 'square/square-0002']) {
    const mask = at(`places/masks/test/${name}.png`);
    writeFileSync(mask, await sharp(readFileSync(mask)).extract(crop).toBuffer());
  }
  const { stdout, code } = await run('data check places --strict --json places.json');
  expect(code).toBe(1);
  expect(stdout).toContain(`ground truth of test that cannot be used: 2
  masks/test/disc/disc-0001.png: 64 x 40 pixels, its picture test/disc/disc-0001.jpg is 64 x 64; a mask must show the whole picture, with the same aspect ratio: correct or remove it
  masks/test/square/square-0002.png: 64 x 40 `);
  const { truth } = JSON.parse(readFileSync(at('places.json'), 'utf8'));
  expect(
    truth.map(({ split, problems }: { split: string; problems: unknown[] }) => [split, problems.length]),
  ).toEqual([
    ['train', 0],
    ['test', 2],
  ]);
  expect(await output('data check data --mask-object 128-255')).toContain(
    '  masks: labels 0, 255; object: 255\n',
  );
  rmSync(at('places/masks'), { recursive: true });
  rmSync(at('places/boxes.json'));
  expect((await run('data check places --mask-ignore 9')).stderr).toBe(
    '--mask-object and --mask-ignore have no effect: places has no masks\n',
  );
});

test('check: names all problems; --strict makes the exit code 1', async () => {
  await writeScenes({ out: at('bad'), classes: 3, train: 12, test: 6, size: 64 });
  copyFileSync(at('bad/train/disc/disc-0001.jpg'), at('bad/test/disc/copy.jpg'));
  writeFileSync(at('bad/train/disc/text.jpg'), 'no picture');
  rmSync(at('bad/test/square'), { recursive: true });
  const { code, stdout, stderr } = await run('data check --data-dir bad --json report.json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('unreadable: 1\n  train/disc/text.jpg: not a JPEG, PNG, WebP');
  expect(stdout).toContain('classes without images: 1\n  square: none in test\n');
  expect(stdout).toContain(
    'exact copies: 1 between train and test, or of two classes; 0 within one class\n' +
      '  train/disc/disc-0001.jpg = test/disc/copy.jpg  (train and test)\n',
  );
  expect(JSON.parse(readFileSync(at('report.json'), 'utf8'))).toMatchObject({
    images: 18,
    splits: ['train', 'test'],
    copies: [{ acrossSplits: true, acrossClasses: false }],
  });
  expect((await run('data check bad --strict')).code).toBe(1);
});

test('check and subset: accept a folder of validation images by any of its names', async () => {
  await writeScenes({ out: at('three'), classes: 3, train: 12, test: 6, size: 64 });
  mkdirSync(at('three/valid/disc'), { recursive: true });
  copyFileSync(at('three/train/disc/disc-0001.jpg'), at('three/valid/disc/copy.jpg'));
  const text = await output('data check three');
  expect(text).toMatch(/\nclass +train +val +test\ndisc +4 +1 +2\n/);
  expect(text).toContain('classes without images: 2\n  square: none in val\n  triangle: none in val\n');
  expect(text).toContain(
    'exact copies: 1 between train, val and test, or of two classes; 0 within one class\n' +
      '  train/disc/disc-0001.jpg = valid/disc/copy.jpg  (train and valid)\n',
  );
  writeFileSync(at('one-class'), 'disc\n');
  await output('data subset three --synsets one-class --out three-few');
  expect(readdirSync(at('three-few')).sort()).toEqual(['test', 'train', 'valid']);
});

test('split and subset', async () => {
  expect(await output('data split data/train --out split --test 0.25 --seed 1')).toBe(
    '9 training images and 3 test images of 3 classes in split, copied\n',
  );
  expect(tree(at('split')).filter((path) => path.endsWith('.jpg'))).toHaveLength(12);
  expect(await output('data split data/train --out linked --link')).toMatch(/ linked\n$/);

  writeFileSync(at('list'), 'disc\nsquare, box\nsquare\nzebra\n');
  const { code, stdout, stderr } = await run('data subset data --synsets list --out few --copy');
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: '12 images of 2 classes in few, copied; 1 class not listed, 2 listed but not found\n',
    stderr: 'listed, but not in data: square, box; zebra\n',
  });
  expect(readdirSync(at('few/test'))).toEqual(['disc', 'square']);
});

test.each([
  ['data check', 2, "error: missing required argument 'dir'"],
  ['data check data --distance 16', 2, "argument '16' is invalid. A whole number from 0 to 15 is needed."],
  ['data split data', 2, "error: required option '--out <dir>' not specified"],
  ['data split data --out x --test 1', 2, 'A number between 0 and 1 is needed.'],
  ['data split data --out x --link --copy', 2, "option '--link' cannot be used with option '--copy'"],
  ['data subset data --out x', 2, "error: required option '--synsets <file>' not specified"],
  ['data check nowhere', 1, 'error: nowhere: no such folder'],
  ['data check data/train/disc', 1, 'error: data/train/disc: no class folders'],
  ['data split data --out x', 1, 'error: data: it is already split'],
  ['data split data/train --out data', 1, 'data: the folder is not empty'],
  ['data split data/train --out data/train/x', 1, 'it lies in data/train, which must not be changed'],
  ['data subset data --synsets nowhere --out x', 1, 'error: nowhere: no such file'],
])('hrm %s: exit code %i', async (args, code, message) => {
  mkdirSync(at('data'), { recursive: true });
  const before = tree(at('data'));
  const result = await run(args);
  expect(result.stderr).toMatch(/^error: .+\n$/);
  expect(result.stderr).toContain(message);
  expect(result).toMatchObject({ code, stdout: '' });
  expect(tree(at('data'))).toEqual(before);
  expect(readdirSync(work)).not.toContain('x');
});
