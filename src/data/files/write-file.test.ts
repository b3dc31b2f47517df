import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cannotWrite, writeFileWhole } from './write-file.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'write-file-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

test('writes bytes and text, replaces an older file, and leaves no other file', async () => {
  const path = join(dir, 'a.bin');
  await writeFileWhole(path, new Uint8Array([1, 2, 3]));
  expect([...readFileSync(path)]).toEqual([1, 2, 3]);
  await writeFileWhole(path, 'text');
  expect(readFileSync(path, 'utf8')).toBe('text');
  expect(readdirSync(dir)).toEqual(['a.bin']);
});

test('errors name the path and the reason; the temporary file is removed', async () => {
  const missing = join(dir, 'no/a.bin');
  await expect(writeFileWhole(missing, '')).rejects.toThrow(
    `cannot write ${missing}: its folder does not exist`,
  );
  const folder = join(dir, 'folder');
  mkdirSync(folder);
  await expect(writeFileWhole(folder, '')).rejects.toThrow(`cannot write ${folder}: it is a folder`);
  writeFileSync(join(dir, 'file'), '');
  await expect(writeFileWhole(join(dir, 'file/a'), '')).rejects.toThrow('its folder is a file');
  expect(readdirSync(dir)).toEqual(['file', 'folder']);
});

test('reports an unwritable folder', () => {
  const error = Object.assign(new Error('EACCES: permission denied, open'), { code: 'EACCES' });
  expect(cannotWrite('/a/b', error).message).toBe('cannot write /a/b: permission denied');
});
