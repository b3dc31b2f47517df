/** The guide's examples, run as they stand, in their order, in one folder. */
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentLine } from './helpers/cli.ts';
import { tinyClassifier } from './helpers/tiny-classifier.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const guide = readFileSync(join(root, 'docs/guide.md'), 'utf8');

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'hrm-guide-'));
  // The package under its name, as an installation has it.
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync(root, join(dir, 'node_modules', 'high-res-mapping'), 'dir');
  writeFileSync(join(dir, 'classifier.onnx'), tinyClassifier());
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('every example works and writes the files named in the guide', async () => {
  for (const [, language, code] of guide.matchAll(/^```(sh|ts)\n([\s\S]*?)^```/gm)) {
    if (language === 'sh') {
      for (const line of code.trim().split('\n')) await documentLine(dir, line);
    } else {
      writeFileSync(join(dir, 'example.mjs'), code);
      await run(process.execPath, ['example.mjs'], { cwd: dir });
    }
  }
  expect(readdirSync(dir)).toEqual(
    expect.arrayContaining(['half.h5', 'half.onnx', 'low.png', 'pipeline.png']),
  );
  expect(readdirSync(join(dir, 'evaluation'))).toContain('evaluation.html');
  expect(readdirSync(join(dir, 'localisation'))).toContain('localisation.html');
  expect(readdirSync(join(dir, 'explained'))).toContain('star-0001.low_cam.npy');
});

test('no row of the reference table is empty', () => {
  const table = guide.slice(guide.indexOf('| reference | here |'));
  const rows = table.trim().split('\n').slice(2);
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) expect(row).toMatch(/^\| [^|]*\S[^|]*\| .*\S.* \|$/);
});
