import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forbidListing } from '../../../test/helpers/replaced-fs.ts';
import { walkPictures } from './walk-pictures.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'walk-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function put(path: string, content: string | Uint8Array = ''): void {
  mkdirSync(join(dir, path, '..'), { recursive: true });
  writeFileSync(join(dir, path), content);
}
const leftOut = async (): Promise<string[]> =>
  (await walkPictures(dir)).leftOut.map(({ path, kind, what }) => `${path}: ${kind}, ${what}`);

test('finds pictures at any depth, with all endings', async () => {
  for (const path of ['b/c/d/1.JFIF', 'b/1.jpg', 'a.avif', 'z.jpe', 'p.pjpeg', 'p.PJP', '1.ppm', '2.pgm'])
    put(path);
  for (const path of ['3.pbm', '4.pnm']) put(path);
  const found = await walkPictures(dir);
  const sorted = [
    '1.ppm',
    '2.pgm',
    '3.pbm',
    '4.pnm',
    'a.avif',
    'b/1.jpg',
    'b/c/d/1.JFIF',
    'p.PJP',
    'p.pjpeg',
  ];
  expect(found).toEqual({ pictures: [...sorted, 'z.jpe'].map((path) => join(path)), leftOut: [] });
});

test('reports left-out pictures by ending or content, and other files by ending', async () => {
  put('IMG.HEIC');
  put('layers.psd');
  put('jpeg', new Uint8Array([0xff, 0xd8, 0xff, 0xe0]));
  put('sub/png.dat', Buffer.from('\x89PNG', 'latin1'));
  put('sub/notes.txt', 'BMW and P6 are words');
  put('noted');
  for (const junk of [
    '._a.jpg',
    '.ipynb_checkpoints/a.jpg',
    '__MACOSX/a.jpg',
    'Thumbs.db',
    'sub/desktop.ini',
  ])
    put(junk);
  expect(await leftOut()).toEqual([
    '._a.jpg: hidden, .jpg',
    '.ipynb_checkpoints: hidden, ',
    'IMG.HEIC: picture, .heic',
    'Thumbs.db: hidden, .db',
    '__MACOSX: hidden, ',
    'jpeg: picture, without an ending',
    'layers.psd: picture, .psd',
    'noted: other, without an ending',
    'sub/desktop.ini: hidden, .ini',
    'sub/notes.txt: other, .txt',
    'sub/png.dat: picture, .dat',
  ]);
});

test('leaves out circular links and second links to a folder', async () => {
  put('a/1.jpg');
  symlinkSync('..', join(dir, 'a/up'));
  symlinkSync('.', join(dir, 'a/self'));
  symlinkSync('a', join(dir, 'b'));
  symlinkSync('nowhere', join(dir, 'c'));
  symlinkSync('nowhere.jpg', join(dir, 'd.jpg'));
  const { pictures } = await walkPictures(dir);
  expect(pictures).toEqual([join('a/1.jpg'), 'd.jpg']);
  expect(await leftOut()).toEqual([
    'a/self: unusable, a link to a folder above it',
    'a/up: unusable, a link to a folder above it',
    'b: unusable, the same folder as a',
    'c: unusable, a broken link',
  ]);
});

test.skipIf(process.platform === 'win32')(
  'leaves out a named pipe, a link to a device, and names that are not UTF-8',
  async () => {
    put('1.jpg');
    execFileSync('mkfifo', [join(dir, 'pipe.jpg')]);
    symlinkSync('/dev/null', join(dir, 'null.png'));
    symlinkSync('pipe.jpg', join(dir, 'link.jpg'));
    put('replaced\ufffd.jpg');
    const latin = (name: string): Buffer =>
      Buffer.concat([Buffer.from(`${dir}/`), Buffer.from(name, 'latin1')]);
    let refused = false;
    try {
      writeFileSync(latin('caf\xe9.jpg'), '');
      mkdirSync(latin('caf\xe9'));
    } catch {
      refused = true; // some file systems take no such name
    }
    const { pictures } = await walkPictures(dir);
    expect(pictures).toEqual(['1.jpg', 'replaced\ufffd.jpg']);
    expect(await leftOut()).toEqual([
      ...(refused
        ? []
        : ['caf\\xe9: unusable, its name is not UTF-8', 'caf\\xe9.jpg: unusable, its name is not UTF-8']),
      'link.jpg: unusable, a named pipe',
      'null.png: unusable, a device',
      'pipe.jpg: unusable, a named pipe',
    ]);
  },
);

test('skips given folders and rejects a path that is not a folder', async () => {
  put('a/1.jpg');
  put('b/1.jpg');
  expect((await walkPictures(dir, (path) => path === join(dir, 'b'))).pictures).toEqual([join('a/1.jpg')]);
  await expect(walkPictures(join(dir, 'no'))).rejects.toThrow('no: no such folder');
  await expect(walkPictures(join(dir, 'a/1.jpg'))).rejects.toThrow('1.jpg: not a folder');
});

test('names a subfolder that cannot be listed', async () => {
  put('a/1.jpg');
  put('b/2.jpg');
  forbidListing('b');
  const { pictures } = await walkPictures(dir);
  expect(pictures).toEqual([join('a/1.jpg')]);
  expect(await leftOut()).toEqual(['b: unusable, cannot list the folder: permission denied']);
});
