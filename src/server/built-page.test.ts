import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBuiltPage } from './built-page.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'hrm-built-'));
  for (const folder of ['dist/web/models', 'samples']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'dist/web/index.html'), 'page');
  writeFileSync(join(root, 'dist/web/models/a.onnx'), 'model');
});
afterAll(() => rmSync(root, { recursive: true }));

/** @param file where `assets/a-1.jpg` lies @param content what it was when the page was built */
function list(file: string, content: string): void {
  const sha256 = createHash('sha256').update(content).digest('base64url');
  writeFileSync(
    join(root, 'dist/web/elsewhere.json'),
    JSON.stringify({ 'assets/a-1.jpg': { file, sha256 } }),
  );
}

test('adds files from other folders, leaves out models and their list', async () => {
  writeFileSync(join(root, 'samples/a.jpg'), 'picture');
  list('samples/a.jpg', 'picture');
  const files = await readBuiltPage(root);
  expect([...files.keys()].sort()).toEqual(['/', '/assets/a-1.jpg', '/index.html']);
  expect(files.get('/assets/a-1.jpg')).toMatchObject({ type: 'image/jpeg' });
});

test('rejects a file of another version, and a missing one', async () => {
  writeFileSync(join(root, 'samples/a.jpg'), 'another');
  await expect(readBuiltPage(root)).rejects.toThrow(
    'samples/a.jpg: not the version that the page was built with',
  );
  list('node_modules/no-such-package/a.jpg', 'picture');
  await expect(readBuiltPage(root)).rejects.toThrow(/^node_modules\/no-such-package\/a.jpg: no such file/);
});

test('finds a file of an installed package', async () => {
  list('node_modules/vitest/LICENSE.md', '');
  await expect(readBuiltPage(root)).rejects.toThrow('vitest/LICENSE.md: not the version');
});
