/**
 * The example of `docs/program.md` for browsers, bundled and run as it stands in one, against the same in Node; and those in
 * the docstrings of `src/browser.ts`, against what they say is printed.
 */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pictureInMemory } from '../../src/index.ts';
import { explain, loadModel, readPicture } from '../../src/node.ts';
import { docstringExamples } from '../helpers/docstring-examples.ts';
import { findChromium, startChromium } from './chromium.ts';
import { serveSite } from './static-server.ts';

const root = join(import.meta.dirname, '../..');
const examples = docstringExamples('browser.ts');

/** What the page has found. */
interface Told {
  /** Of the example in `docs/program.md`. */
  readonly page: { readonly picture: number[]; readonly merged: number[] };
  /** Of each docstring's example: what each call of `console.log` was given, as JSON, and the error that ended it. */
  readonly examples: readonly { readonly logged: string[]; readonly error?: string }[];
}

/** The page's script, which runs the examples one after the other. */
async function writePage(folder: string): Promise<void> {
  const text = await readFile(join(root, 'docs/program.md'), 'utf8');
  const [, code] = /^```js\n([\s\S]*?)^```/m.exec(text) ?? [];
  const [imports, body] = [/^import .*$/gm, /^(?!import ).*$/gm].map((lines) =>
    code.match(lines)?.join('\n'),
  );
  const given = "const file = await (await fetch('star.jpg')).blob();";
  const told = 'export const page = { picture: picture.shape, merged: [...refinement.merged.data] };';
  await writeFile(join(folder, 'page.js'), [imports, given, body, told].join('\n'));
  for (const [i, example] of examples.entries()) {
    await writeFile(join(folder, `example-${i}.js`), example.code);
  }
  const main = `
    const { page } = await import('./page.js');
    const told = { page, examples: [] };
    for (const run of [${examples.map((_, i) => `() => import('./example-${i}.js')`)}]) {
      const logged = [];
      console.log = (...values) => void logged.push(JSON.stringify(values));
      const error = await run().then(() => undefined, (thrown) => String(thrown?.stack ?? thrown));
      told.examples.push({ logged, error });
    }
    Object.assign(globalThis, { told });
  `;
  await writeFile(join(folder, 'main.js'), main);
  await writeFile(join(folder, 'index.html'), '<script type="module" src="./main.js"></script>');
}

/** Builds the page and opens it in a browser. */
async function tellInBrowser(folder: string): Promise<Told> {
  await writePage(folder);
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    base: './',
    resolve: {
      alias: [
        { find: /^high-res-mapping\/browser$/, replacement: join(root, 'src/browser.ts') },
        { find: /^high-res-mapping$/, replacement: join(root, 'src/index.ts') },
      ],
    },
    build: { target: 'es2022', assetsInlineLimit: 0, minify: false },
  });
  const site = join(folder, 'dist');
  await copyFile(join(root, 'samples/star.jpg'), join(site, 'star.jpg'));
  await copyFile(join(root, 'models/scenes.onnx'), join(site, 'scenes.onnx'));
  const server = await serveSite(site);
  const browser = await startChromium();
  try {
    const page = await browser.newPage();
    const failed = new Promise<never>((_, reject) => page.on('pageerror', reject));
    await page.goto(server.url);
    await Promise.race([failed, page.waitForFunction(() => 'told' in globalThis, undefined, { timeout: 0 })]);
    return await page.evaluate(() => (globalThis as unknown as { told: Told }).told);
  } finally {
    await browser.close();
    await server.close();
  }
}

describe.skipIf(findChromium() === undefined)('the library in a browser', () => {
  let folder: string;
  let told: Told;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hrm-library-'));
    told = await tellInBrowser(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('explains a bitmap as the page says', async () => {
    const model = await loadModel(join(root, 'models/scenes.onnx'));
    const pixels = await readPicture(join(root, 'samples/star.jpg'));
    const { picture, refinement } = await explain(model, pictureInMemory(pixels));
    await model.release();
    const found = told.page;
    expect(found.picture).toEqual(picture.shape);
    // Browsers decode JPEG a little differently: the two maps agree but for that.
    const mean = found.merged.reduce((sum, v, i) => sum + Math.abs(v - refinement.merged.data[i]), 0);
    expect(mean / found.merged.length).toBeLessThan(0.02);
  });

  test.each(examples.map(({ title, printed }, i) => ({ title, printed, i })))('$title', ({ printed, i }) => {
    const { logged, error } = told.examples[i];
    expect(error).toBeUndefined();
    expect(printed.length).toBeGreaterThan(0);
    expect(logged.map((values) => format(...JSON.parse(values)))).toEqual(printed);
  });
});
