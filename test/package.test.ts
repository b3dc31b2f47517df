/** The package, in an empty project: what is in it, its types, its commands, its page. */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { output, type Project, projectWithPackage } from './helpers/installed.ts';
import { startServerOf } from './helpers/server.ts';

const root = join(import.meta.dirname, '..');
let project: Project;
const own = (path: string): string => join(project.own, path);
const at = (path: string): string => join(project.folder, path);

beforeAll(async () => {
  project = await projectWithPackage();
});
afterAll(() => project.remove());

test('checks its size, and contains no file twice', () => {
  const { packed } = project;
  expect(packed.size).toBeLessThan(25_000_000);
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE', 'README.md', 'CHANGELOG.md']));
  const byContent = new Map<string, string[]>();
  for (const path of paths) {
    const hash = createHash('sha256')
      .update(readFileSync(own(path)))
      .digest('hex');
    byContent.set(hash, [...(byContent.get(hash) ?? []), path]);
  }
  // Some modules' types are the same few lines.
  const large = (path: string): boolean => readFileSync(own(path)).length > 1000;
  expect([...byContent.values()].filter((same) => same.length > 1 && large(same[0]))).toEqual([]);
});

test('NOTICE names everything that is redistributed', () => {
  const notice = readFileSync(own('NOTICE'), 'utf8');
  const others = project.packed.files
    .map(({ path }) => path)
    .filter((path) => !/\.(d\.ts|js|json|md)$/.test(path));
  const named =
    /^(LICENSE|NOTICE|samples\/.*\.jpg|dist\/web\/(index\.html|page\.webmanifest|icon\.svg|.*\.css))$/;
  for (const path of others.filter((path) => !named.test(path)))
    expect(notice).toContain(path.split('/').pop());
  for (const [path] of notice.matchAll(/dist\/\S+\.js/g)) expect(existsSync(own(path)), path).toBe(true);
});

const program = `
import { type Explained, type FullSize, overlay, type Picture } from 'high-res-mapping';
import * as graph from 'high-res-mapping/graph';
import * as metrics from 'high-res-mapping/metrics';
import * as models from 'high-res-mapping/models';
import { explain, fullSize, loadModel } from 'high-res-mapping/node';
import * as report from 'high-res-mapping/report';
import * as train from 'high-res-mapping/train';
import schema from 'high-res-mapping/hrm.config.schema.json' with { type: 'json' };

const model = await loadModel('model.onnx');
const explained: Explained = await explain(model, 'picture.jpg');
const whole: FullSize = await fullSize('picture.jpg', explained);
const drawn: Picture = overlay(explained.picture, explained.refinement.merged);
export { drawn, graph, metrics, models, report, schema, train, whole };
`;
const page = `
import { FullModel } from 'high-res-mapping';
import { createSession, explain } from 'high-res-mapping/browser';

const model = await FullModel.load(new Uint8Array(), createSession);
export const { refinement } = await explain(model, new ImageData(1, 1));
`;

test('its types compile with checks of library types on', async () => {
  const options = { target: 'es2022', strict: true, skipLibCheck: false, noEmit: true, types: [] };
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  for (const [name, code, more] of [
    ['program', program, { module: 'nodenext', lib: ['es2022'], resolveJsonModule: true }],
    ['page', page, { module: 'preserve', lib: ['es2022', 'dom'] }],
  ] as const) {
    writeFileSync(at(`${name}.ts`), code);
    const config = { compilerOptions: { ...options, ...more }, files: [`${name}.ts`] };
    writeFileSync(at(`${name}.json`), JSON.stringify(config));
    const errors = await output(project.folder, process.execPath, tsc, '-p', `${name}.json`).catch(
      ({ stdout }) => stdout,
    );
    expect(errors).toBe('');
  }
});

test("the README's first program runs", async () => {
  const [, code] = /^```ts\n([\s\S]*?)^```/m.exec(readFileSync(own('README.md'), 'utf8')) ?? [];
  writeFileSync(at('explain.mjs'), code);
  copyFileSync(own('samples/photos/coffee.jpg'), at('photo.jpg'));
  await output(project.folder, process.execPath, 'explain.mjs');
  for (const name of ['overlay.png', 'cutout.png']) expect(existsSync(at(name)), name).toBe(true);
});

test.skipIf(process.platform === 'win32')('its command runs', async () => {
  const picture = relative(project.folder, own('samples/photos/coffee.jpg'));
  const told = await output(project.folder, 'npx', '--no', 'hrm', 'explain', picture, '--out', 'explained');
  expect(told).toContain('espresso');
  expect(readdirSync(at('explained'))).toContain('coffee.overlay.png');
});

test('serves the page, with files from other packages', async () => {
  const model = own('models/scenes.onnx');
  const server = await startServerOf(own('dist/cli/main.js'), project.folder, '--weight-dir', model);
  try {
    expect(server.lines.filter((line) => line.startsWith('the page'))).toEqual([]);
    expect(await (await fetch(server.address)).text()).toContain('<script');
    const worker = await (await fetch(`${server.address}/service-worker.js`)).text();
    const files = new Set(worker.match(/assets\/[\w.-]+/g));
    expect([...files].filter((file) => file.endsWith('.wasm'))).toHaveLength(2);
    for (const file of files)
      expect((await fetch(`${server.address}/${file}`, { method: 'HEAD' })).status, file).toBe(200);
  } finally {
    expect(await server.stop()).toBe(0);
  }
});
