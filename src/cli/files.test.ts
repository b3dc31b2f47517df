import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder, resultNames, resultStem } from './files.ts';

test('gives results distinct names on any file system', () => {
  const paths = ['a/x.jpg', 'b/x.png', 'x-2.jpg', 'c/X.gif', 'Caf\u00e9.jpg', 'Cafe\u0301.jpg'];
  expect(resultNames(paths)).toEqual(['x', 'x-2', 'x-2-2', 'X-3', 'Caf\u00e9', 'Cafe\u0301-2']);
});

test('shortens long names and keeps them distinct', () => {
  const long = (end: string): string => `${'\u00e9'.repeat(124)}${end}.jpg`; // 255 bytes
  const [a, b] = resultNames([long('a'), long('b')]);
  expect(a).toMatch(/^\u00e9+~[0-9a-f]{10}$/);
  expect(a).not.toBe(b);
  expect(Buffer.byteLength(a)).toBeLessThanOrEqual(160);
  expect(resultStem(`${'x'.repeat(160)}.jpg`)).toBe('x'.repeat(160));
});

test('makes a folder and its parents, and names the topmost one that was missing', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hrm-files-'));
  try {
    expect(await makeFolder(join(dir, 'a/b/c'))).toBe(join(dir, 'a'));
    expect(existsSync(join(dir, 'a/b/c'))).toBe(true);
    expect(await makeFolder(join(dir, 'a/b'))).toBeUndefined();
    expect(await Promise.all([makeFolder(join(dir, 'x/y')), makeFolder(join(dir, 'x/y'))])).toHaveLength(2);
    writeFileSync(join(dir, 'file'), '');
    await expect(makeFolder(join(dir, 'file'))).rejects.toThrow('a file is in the way');
    await expect(makeFolder(join(dir, 'file/sub'))).rejects.toThrow('its folder is a file');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.runIf(process.platform === 'linux')('a folder that cannot be below /proc is an error', async () => {
  await expect(makeFolder('/proc/none/sub')).rejects.toThrow(/^cannot write \/proc\/none\/sub: /);
});
