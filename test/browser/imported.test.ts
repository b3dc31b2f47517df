/** Classifiers of other programs on the built page: imported there, or read from a file of `hrm import`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { squashed } from '../../src/data/picture/picture-source.ts';
import { HalfModel } from '../../src/explain/half-model.ts';
import { importFile } from '../../src/import-file.ts';
import { mapAt } from '../../src/index.ts';
import { createSession, encodePng, readPicture, toImage } from '../../src/node.ts';
import { decodeNpy } from '../../src/tensor/npy.ts';
import type { Picture } from '../../src/tensor/tensor.ts';
import { node } from '../helpers/foreign-onnx.ts';
import { kernelBytes, tinyClassifier } from '../helpers/tiny-classifier.ts';
import { findChromium, startChromium } from './chromium.ts';
import { explained, explainedClass, give, patience, root, saveFile, site } from './page.ts';
import { type StaticServer, serveSite } from './static-server.ts';

/** A head that is not linear. */
const other = [
  node('Sigmoid', ['features'], ['squashed']),
  node('Gemm', ['squashed', 'matrix', 'shift'], ['logits'], { transB: 1 }),
];
const files = {
  'linear.onnx': tinyClassifier(),
  'other.onnx': tinyClassifier({ head: other, shape: ['N', 3, 'H', 'W'] }),
};

describe.skipIf(findChromium() === undefined)('classifiers of other programs on the page', () => {
  let server: StaticServer;
  let browser: Browser;
  let page: Page;
  let picture: Picture;
  const folder = mkdtempSync(join(tmpdir(), 'hrm-imported-'));
  const complaints: string[] = [];

  beforeAll(async () => {
    server = await serveSite(site, { isolated: true });
    browser = await startChromium();
    picture = await readPicture(join(root, 'samples', 'photos', 'chelsea.jpg'));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  });
  beforeEach(async () => {
    page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
    page.setDefaultTimeout(patience);
    page.on('pageerror', (error) => complaints.push(String(error.stack)));
    await page.goto(`${server.url}#device=wasm`);
    await page.locator('#device').waitFor();
  });
  afterEach(async () => {
    await page.context().close();
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(folder, { recursive: true });
  });

  const opened = (name: string): Promise<void> => page.locator('#model-facts', { hasText: name }).waitFor();
  const notes = (text: string | RegExp): Promise<void> =>
    page.locator('#import', { hasText: text }).waitFor();

  test.each([
    ['linear.onnx', 'own, CAM', 32],
    ['other.onnx', 'own, HiResCAM', 224],
  ] as const)('%s: the maps equal those of Node', async (name, own, size) => {
    await give(page, { name: 'cat.png', bytes: await encodePng(picture) });
    await give(page, { name, bytes: files[name] });
    await opened(name);
    await notes('class names unknown');
    await page.locator('#import summary').click();
    await page.selectOption('#preprocessing', 'inception');
    await notes('from the option');
    await explained(page, 'cat.png');
    expect(await page.textContent('select.method option')).toBe(own);
    const values = await page
      .locator('#size option')
      .evaluateAll((options) => options.map((one) => (one as HTMLOptionElement).value));
    expect(values.includes('64')).toBe(size !== 32);
    expect(await page.textContent('#command')).toContain(
      `--weight-dir ${name} --out explained --preprocess inception`,
    );

    const path = join(folder, name);
    const { classifier } = await importFile(path, { preprocess: 'inception' });
    const model = await HalfModel.load(classifier, createSession);
    const { lowResCam, probabilities } = await model.explain(toImage(squashed(picture, size, 3)));
    await model.release();
    const saved = unzipSync((await saveFile(page, '#save-maps')).bytes);
    const [low, high] = ['low_cam', 'high_cam'].map((map) => decodeNpy(saved[`cat.${map}.npy`]));
    const wanted = mapAt(lowResCam, 0);
    expect([low.shape, high.shape]).toEqual([wanted.shape, [size, size]]);
    const most = Math.max(...wanted.data.map(Math.abs));
    for (const [i, value] of wanted.data.entries())
      expect(Math.abs(Number(low.data[i]) - value)).toBeLessThan(1e-4 * most);
    const json = JSON.parse(new TextDecoder().decode(saved['cat.json']));
    const best = model.topN(probabilities, 3)[0];
    expect(json.predictions.map(({ name: one }: { name: string }) => one)).toEqual(
      best.map((one) => one.name),
    );
    expect(json.predictions[0].probability).toBeCloseTo(best[0].probability, 4);

    for (const method of ['grad-cam', 'layer-cam']) {
      await page.selectOption('select.method', method);
      await page.locator('.scale .what', { hasText: 'of ' }).waitFor();
      await explained(page, 'cat.png');
      expect(await page.locator('[role="alert"]').count()).toBe(0);
    }
  });

  test('reads class names from a file, which must fit', async () => {
    await give(page, { name: 'cat.png', bytes: await encodePng(picture) });
    await give(page, { name: 'linear.onnx', bytes: files['linear.onnx'] });
    await notes('class names unknown');
    const text = (lines: string): Uint8Array => new TextEncoder().encode(lines);
    await give(page, { name: 'names.txt', bytes: text('cat\ndog\nfox\n') });
    await page.locator('.predictions [data-class="fox"]').waitFor();
    expect(await page.textContent('#import summary')).not.toContain('class names');
    expect(await page.textContent('#command')).toContain('--classes names.txt');
    await give(page, { name: 'four.txt', bytes: text('a\nb\nc\nd\n') });
    await page.locator('[role="alert"]', { hasText: '3 outputs' }).waitFor();
    await explained(page, 'cat.png');
    expect(['cat', 'dog', 'fox']).toContain(await explainedClass(page));
  });

  test('opens weights dropped with the model; reports missing ones', async () => {
    const name = 'outside.onnx';
    const bytes = tinyClassifier({ kernelAt: 'outside.data' });
    await give(page, { name, bytes });
    await page.locator('[role="alert"]', { hasText: "'outside.data', which a page cannot open" }).waitFor();
    await give(page, [
      { name: 'outside.data', bytes: kernelBytes },
      { name, bytes },
    ]);
    await opened(name);
  });

  test('a file of hrm import needs no declarations', async () => {
    const { file } = await importFile(join(folder, 'linear.onnx'), { fit: 'crop', preprocess: 'caffe' });
    await give(page, { name: 'cat.png', bytes: await encodePng(picture) });
    await give(page, { name: 'mine.onnx', bytes: file });
    await opened('mine.onnx');
    await explained(page, 'cat.png');
    expect(await page.textContent('#import summary')).toBe('Imported from linear.onnx');
    await page.locator('#import summary').click();
    expect(await page.textContent('#import pre')).toMatch(/preprocessing: 255 x - .*, blue first/);
    expect(await page.locator('#preprocessing').count()).toBe(0);
    expect(await page.textContent('[data-pane="0"] h2')).toContain('of the middle');
    expect(await page.textContent('#command')).not.toContain('--preprocess');
  });

  test('reports a file that is not an image classifier', async () => {
    await give(page, { name: 'rows.onnx', bytes: tinyClassifier({ classes: 1 }) });
    await page.locator('[role="alert"]', { hasText: 'no image classifier' }).waitFor();
    // The previous model stays: the one that comes along is imported, too.
    expect(await page.textContent('#import summary')).toContain('efficientnet-lite0.onnx');
  });
});
