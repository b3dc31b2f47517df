/** The examples, as they stand, in a project that has the package. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, startChromium } from './browser/chromium.ts';
import { serveSite } from './browser/static-server.ts';
import { output, type Project, projectWithPackage } from './helpers/installed.ts';
import { tinyClassifier } from './helpers/tiny-classifier.ts';

const root = join(import.meta.dirname, '..');
let project: Project;
let photo: string;
const at = (path: string): string => join(project.folder, 'examples', path);
const node = (folder: string, ...args: readonly string[]): Promise<string> =>
  output(at(folder), process.execPath, ...args);

beforeAll(async () => {
  project = await projectWithPackage();
  for (const name of ['node', 'server', 'page', 'pytorch']) {
    cpSync(join(root, 'examples', name), at(name), { recursive: true });
  }
  photo = join(project.own, 'samples/photos/coffee.jpg');
});
afterAll(() => project.remove());

test('no example has more than 40 lines of code', () => {
  for (const path of ['node/explain.mjs', 'server/server.mjs', 'page/main.js', 'page/vite.config.js']) {
    const lines = readFileSync(at(path), 'utf8').split('\n');
    expect(lines.filter((line) => !/^\s*(\/\/.*)?$/.test(line)).length, path).toBeLessThanOrEqual(40);
  }
});

test('a script', async () => {
  const told = await node('node', 'explain.mjs', photo);
  expect(told).toMatch(/^ [\d.]+ % {2}espresso\n[\s\S]*\nwhere: x \d+ to \d+, y \d+ to \d+\n$/);
  for (const name of ['overlay.png', 'cutout.png']) {
    expect(readFileSync(at(`node/${name}`)).length).toBeGreaterThan(10_000);
  }
});

describe('a server', () => {
  let server: ChildProcess;
  let address: string;
  beforeAll(async () => {
    const env = { ...process.env, PORT: '0' };
    server = spawn(process.execPath, ['server.mjs'], {
      cwd: at('server'),
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (server.stdout === null) throw new Error('internal: no output');
    for await (const line of createInterface({ input: server.stdout })) {
      address = line;
      break;
    }
  });
  afterAll(() => server.kill());

  const ask = (path: string, body: BodyInit): Promise<Response> =>
    fetch(address + path, { method: 'POST', body, headers: { Connection: 'close' } });

  test('answers with a class and a box', async () => {
    const answer = await (await ask('/explain', readFileSync(photo))).json();
    expect(answer).toMatchObject({ name: 'espresso', box: [0, 0, 0, 0].map(() => expect.any(Number)) });
  });

  test('answers with a picture of the requested class', async () => {
    const answer = await ask('/overlay?class=cup', readFileSync(photo));
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(10_000);
  });

  test('answers a wrong request with an error', async () => {
    const answer = await ask('/explain', 'no picture');
    expect([answer.status, await answer.json()]).toEqual([
      422,
      { error: expect.stringContaining('not a JPEG') },
    ]);
  });
});

describe('a page', () => {
  beforeAll(async () => {
    const vite = join(project.folder, 'node_modules', 'vite');
    if (!existsSync(vite)) symlinkSync(join(root, 'node_modules', 'vite'), vite, 'junction');
    await node('page', join(vite, 'bin/vite.js'), 'build', '--base', './', '--logLevel', 'error');
  });

  test('is built with the model and the runtime', () => {
    const endings = readdirSync(at('page/dist/assets')).map((name) => name.split('.').pop());
    expect(endings).toEqual(expect.arrayContaining(['js', 'onnx', 'wasm']));
  });

  test.skipIf(findChromium() === undefined)('explains a photograph', async () => {
    const site = await serveSite(at('page/dist'));
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      await page.goto(site.url);
      await page.setInputFiles('input', photo);
      await page.locator('#answer', { hasText: /^espresso, [\d.]+ %$/ }).waitFor({ timeout: 0 });
      expect(await page.locator('canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).width)).toBe(
        384,
      );
    } finally {
      await browser.close();
      await site.close();
    }
  });
});

test.skipIf(process.platform === 'win32')('from PyTorch: every command after the export works', async () => {
  const text = readFileSync(at('pytorch/README.md'), 'utf8');
  const blocks = (language: string): string[] =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code]) => code);
  // What PyTorch would write, and the reader's own pictures.
  writeFileSync(at('pytorch/classifier.onnx'), tinyClassifier());
  writeFileSync(at('pytorch/classes.json'), '["first", "second", "third"]');
  cpSync(photo, at('pytorch/photo.jpg'));
  mkdirSync(at('pytorch/pictures'));
  for (const name of ['star', 'ring']) {
    cpSync(join(project.own, `samples/${name}.jpg`), at(`pytorch/pictures/${name}.jpg`));
  }
  const small = (line: string): string => (/ train /.test(line) ? `${line} --epochs 1 --batch-size 2` : line);
  const commands = blocks('sh').join('').trim().split('\n');
  expect(commands.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
    'npm install high-res-mapping',
    'npx hrm import',
    'npx hrm explain',
    'npx hrm train',
    'npx hrm explain',
  ]);
  for (const line of commands.slice(1)) {
    await node('pytorch', join(project.own, 'dist/cli/main.js'), ...small(line).split(' ').slice(2));
  }
  const [program] = blocks('js');
  writeFileSync(at('pytorch/map.mjs'), program);
  expect(await node('pytorch', 'map.mjs')).toMatch(/^(first|second|third): a map of 32 x 32\n$/);
  for (const name of ['coarse', 'fine'])
    expect(readdirSync(at(`pytorch/${name}`))).toContain('photo.overlay.png');
  expect(existsSync(at('pytorch/map.npy'))).toBe(true);
});
