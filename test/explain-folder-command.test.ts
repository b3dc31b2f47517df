/** `hrm explain` of folders, odd names and what is no file. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodePng } from '../src/data/picture/write-picture.ts';
import { encodeModel } from '../src/models/model-file.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { camCase } from '../tools/reference/cam-case.ts';
import { hrm, hrmProcess, newFolder, type Run } from './helpers/cli.ts';

const cwd = newFolder();
const at = (path: string): string => join(cwd, path);
const explain = (out: string, ...rest: string[]): Promise<Run> =>
  hrm(cwd, 'explain', '--weight-dir', 'half.onnx', '--out', out, '--write', 'json', ...rest);

beforeAll(async () => {
  const { integer } = random(3);
  const noise = tensor('uint8', [64, 64, 3]);
  for (let i = 0; i < noise.data.length; i++) noise.data[i] = integer(256);
  for (const folder of ['pics/a/deep', 'pics/b', 'pics/out', 'none'])
    mkdirSync(at(folder), { recursive: true });
  writeFileSync(at('-dash.png'), await encodePng(noise));
  for (const path of ['pics/a/deep/x.png', 'pics/b/x.png', 'pics/1.jfif'])
    copyFileSync(at('-dash.png'), at(path));
  writeFileSync(at('pics/out/old.png'), '');
  writeFileSync(at('pics/b/IMG.heic'), '');
  writeFileSync(at('none/a.heic'), '');
  writeFileSync(at('half.onnx'), encodeModel(camCase().model));
});
afterAll(() => rmSync(cwd, { recursive: true }));

test('explains all pictures in a folder at any depth, except earlier results', async () => {
  const { code, stdout, stderr } = await explain('pics/out', 'pics');
  expect(stderr).toBe(
    `${join('pics/out')}: skipped, because it is the folder of the results\n` +
      'warning: pics: left out, although pictures by extension or content: 1 .heic (b/IMG.heic); convert, rename or move them\n',
  );
  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.split('  ')[0])).toEqual([
    ...['1', 'x', `x-2 (${join('pics/b/x.png')})`],
    ...['results are in pics/out', ''],
  ]);
  expect(readdirSync(at('pics/out')).sort()).toEqual(['1.json', 'old.png', 'x-2.json', 'x.json']);
  expect(JSON.parse(readFileSync(at('pics/out/x-2.json'), 'utf8')).image).toBe(join('pics/b/x.png'));
});

test('accepts a name that starts with a dash', async () => {
  expect((await explain('dash', '--', '-dash.png')).stdout).toMatch(/^-dash {2}/);
  expect((await explain('dash', './-dash.png')).stdout).toMatch(/^-dash {2}/);
  expect(readdirSync(at('dash'))).toEqual(['-dash.json']);
});

test.skipIf(process.platform === 'win32')('accepts a name of 255 bytes, with several classes', async () => {
  const name = `${'é'.repeat(125)}x`;
  copyFileSync(at('-dash.png'), at(`${name}.png`));
  const asked = ['--class', '0', '--class', '1', '--npy', `${name}.png`];
  const { code, stdout } = await explain('long', ...asked);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^é+~[0-9a-f]{10} \(é+x\.png\) /);
  expect(readdirSync(at('long'))).toContainEqual(expect.stringMatching(/^é+~[0-9a-f]{10}\.json$/));
});

test.skipIf(process.platform === 'win32')('rejects a named pipe without waiting for it', async () => {
  execFileSync('mkfifo', [at('pipe.png')]);
  expect(await explain('piped', 'pipe.png')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'error: pipe.png: a named pipe, not a regular file; save its output in a file\n',
  });
});

test.skipIf(process.platform === 'win32')('escapes control characters in a name', async () => {
  const name = 'a\x1b[2K\rerror: b.png';
  const asked = ['explain', name, '--weight-dir', 'half.onnx', '--out', 'out'];
  const { stderr } = await hrmProcess(cwd, ...asked);
  expect(stderr).toBe('error: a\\x1b[2K\\rerror: b.png: no such file\n');
  copyFileSync(at('-dash.png'), at(name));
  const { stdout } = await explain('escaped', name);
  expect(stdout).toMatch(/^a\\x1b\[2K\\rerror: b {2}/);
});

test.each([
  ['none', 'out', 'error: none: no pictures in it; left out: pictures .heic\n'],
  [
    'pics',
    'pics',
    'error: pics: the results would be written among the pictures, and be explained the next time; choose another --out\n',
  ],
  ['gone', 'out', 'error: gone: no such file\n'],
])('%s', async (given, out, stderr) => {
  expect(await explain(out, given)).toEqual({ code: 1, stdout: '', stderr });
  expect(readdirSync(cwd)).not.toContain('out');
});
