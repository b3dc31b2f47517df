/** The example of `docs/program.md` for browsers, bundled and run as it stands in one, against the same in Node. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { describe, expect, test } from 'vitest';
import { pictureInMemory } from '../../src/index.ts';
import { explain, loadModel, readPicture } from '../../src/node.ts';
import { findChromium, startChromium } from './chromium.ts';
import { serveSite } from './static-server.ts';

const root = join(import.meta.dirname, '../..');

describe.skipIf(findChromium() === undefined)('the library in a browser', () => {
  test('explains a bitmap with the same result as the page', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hrm-library-'));
    const browser = await startChromium();
    try {
      const text = await readFile(join(root, 'docs/program.md'), 'utf8');
      const [, code] = /^```js\n([\s\S]*?)^```/m.exec(text) ?? [];
      const [imports, body] = [/^import .*$/gm, /^(?!import ).*$/gm].map((lines) =>
        code.match(lines)?.join('\n'),
      );
      const given = "const file = await (await fetch('star.jpg')).blob();";
      const told =
        'Object.assign(globalThis, { told: { picture: picture.shape, merged: [...refinement.merged.data] } });';
      await writeFile(join(folder, 'main.js'), [imports, given, body, told].join('\n'));
      await writeFile(join(folder, 'index.html'), '<script type="module" src="./main.js"></script>');
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
      const page = await browser.newPage();
      const failed = new Promise<never>((_, reject) => page.on('pageerror', reject));
      await page.goto(server.url);
      await Promise.race([
        failed,
        page.waitForFunction(() => 'told' in globalThis, undefined, { timeout: 0 }),
      ]);
      type Told = { readonly picture: number[]; readonly merged: number[] };
      const found = await page.evaluate(() => (globalThis as unknown as { told: Told }).told);
      await server.close();

      const model = await loadModel(join(root, 'models/scenes.onnx'));
      const pixels = await readPicture(join(root, 'samples/star.jpg'));
      const { picture, refinement } = await explain(model, pictureInMemory(pixels));
      await model.release();
      expect(found.picture).toEqual(picture.shape);
      // Browsers decode JPEG a little differently: the two maps agree but for that.
      const mean = found.merged.reduce((sum, v, i) => sum + Math.abs(v - refinement.merged.data[i]), 0);
      expect(mean / found.merged.length).toBeLessThan(0.02);
    } finally {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
