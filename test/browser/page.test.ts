/** The built page in a real browser: what a visitor does, and what they see. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { unzipSync } from 'fflate';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../../src/index.ts';
import { encodeModel, initializeWeights } from '../../src/models/index.ts';
import { encodePng } from '../../src/node.ts';
import { type Refiner, refineParameters, usesParameter } from '../../src/refine/parameters.ts';
import { decodeNpy } from '../../src/tensor/npy.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { kebabCase } from '../../src/text/case.ts';
import { tinyClassifier } from '../helpers/tiny-classifier.ts';
import { findChromium, howToGetOne, startChromium } from './chromium.ts';
import {
  explained,
  explainedClass,
  give,
  patience,
  pixels,
  root,
  sampleFile,
  saveFile,
  site,
  slide,
} from './page.ts';
import { type StaticServer, serveSite } from './static-server.ts';

if (findChromium() === undefined) console.log(howToGetOne);

describe.skipIf(findChromium() === undefined)('the page', () => {
  let server: StaticServer;
  let browser: Browser;
  let page: Page;
  let shared: BrowserContext | undefined;
  /** What the page complained of: nothing, unless a test is about it. */
  const complaints: string[] = [];
  const requests: string[] = [];

  async function open(hash = '', options: BrowserContextOptions = {}, url = server.url): Promise<void> {
    // Pages that need nothing special share a context: the runtime is then compiled once.
    const settings = { viewport: { width: 1360, height: 900 }, serviceWorkers: 'block', ...options } as const;
    const plain = Object.keys(options).length === 0;
    if (plain) shared ??= await browser.newContext(settings);
    page = await (plain ? (shared as BrowserContext) : await browser.newContext(settings)).newPage();
    page.setDefaultTimeout(patience);
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => complaints.push(String(error.stack)));
    page.on('console', (message) => {
      const blocked = 'Service Worker registration blocked by Playwright';
      if (['error', 'warning'].includes(message.type()) && message.text() !== blocked)
        complaints.push(message.text());
    });
    await page.goto(url + hash);
    await page.locator('#theme').waitFor();
  }

  async function leave(): Promise<void> {
    await (page?.context() === shared ? page.close() : page?.context().close());
  }

  beforeAll(async () => {
    server = await serveSite(site, { isolated: true });
    browser = await startChromium();
  });

  afterEach(async () => {
    await leave();
    expect(complaints.splice(0)).toEqual([]);
    // Pictures made on the page are `data:` and `blob:`, which are no requests to anyone.
    const foreign = requests
      .splice(0)
      .filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(server.url));
    expect(foreign).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test('explains a clicked scene and shows the device of the model', async () => {
    await open();
    await page.getByRole('button', { name: 'Sample: star' }).click();
    await explained(page, 'star.jpg');
    expect(await explainedClass(page)).toBe('star');
    expect(await page.locator('.predictions li').count()).toBe(5);
    expect(await page.textContent('#device')).toMatch(/^WebAssembly, \d+ threads?$/);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  });

  test('uses the model that fits a picture, unless one is chosen', async () => {
    await open();
    const model = (name: string): Promise<void> =>
      page.locator('#model-facts b', { hasText: new RegExp(`^${name}$`) }).waitFor();
    await model('imagenet');
    expect(await page.textContent('#knows')).toContain('and 980 more.');
    await give(page, await sampleFile('ring'));
    await explained(page, 'ring.jpg');
    expect(await explainedClass(page)).not.toBe('ring');
    // Its high-res map belongs to the class: it is refined by a CRF.
    expect(await page.locator('[data-panel]').count()).toBe(10);
    expect(await page.textContent('[data-panel="probabilities"] b')).toBe('Dense CRF');
    expect(await page.locator('#roi-percentile').count()).toBe(0);
    await page.getByRole('button', { name: 'Sample: star' }).click();
    await explained(page, 'star.jpg');
    await model('scenes');
    expect(await explainedClass(page)).toBe('star');
    await give(page, await sampleFile('ring'));
    await explained(page, 'ring.jpg');
    await model('imagenet');
    await page.selectOption('#model', 'scenes');
    await model('scenes');
    await page.locator('[data-class="ring"][aria-pressed="true"]').waitFor();
    await page.waitForURL(/model=scenes/);
  });

  test('accepts pictures by drop, paste, file picker and camera', async () => {
    await open('#model=scenes');
    await give(page, await sampleFile('ring'));
    await explained(page, 'ring.jpg');
    expect(await explainedClass(page)).toBe('ring');
    await give(page, await sampleFile('star'), 'paste');
    await explained(page, 'star.jpg');
    expect(await explainedClass(page)).toBe('star');
    for (const [input, name] of [
      ['#picture-file', 'cross'],
      ['#photo', 'ring'],
    ]) {
      await page.setInputFiles(input, join(root, 'samples', `${name}.jpg`));
      await explained(page, `${name}.jpg`);
      expect(await explainedClass(page)).toBe(name);
    }
    expect(await page.locator('#photo').getAttribute('capture')).toBe('environment');
  });

  test('another class has another map', async () => {
    await open('#sample=star');
    await explained(page, 'star.jpg');
    const before = await pixels(page, '[data-pane="0"] canvas.map');
    await page.locator('[data-class="cross"]').click();
    await page.locator('[data-class="cross"][aria-pressed="true"]').waitFor();
    expect(await pixels(page, '[data-pane="0"] canvas.map')).not.toBe(before);
    expect(await page.textContent('#command')).toContain('--class cross');
    await page.locator('[data-class="star"]').click();
    await page.locator('[data-class="star"][aria-pressed="true"]').waitFor();
    expect(await pixels(page, '[data-pane="0"] canvas.map')).toBe(before);
    expect(await page.textContent('#command')).not.toContain('--class');
  });

  test('a slider changes only what depends on it; reset undoes the change', async () => {
    await open('#sample=star');
    await explained(page, 'star.jpg');
    const byRegions = (): Promise<void> => page.locator('input[name="refiner"][value="regions"]').check();
    await byRegions();
    const canvas = (step: string): string => `[data-panel="${step}"] button canvas`;
    const [roi, edges, result] = ['roi', 'edges', 'result'].map(canvas);
    const before = [await pixels(page, roi), await pixels(page, edges), await pixels(page, result)];
    await slide(page, 'roi-percentile', 60);
    expect(await page.textContent('[data-panel="roi"] .note')).toBe('ROI: top 40 %');
    expect(await pixels(page, roi)).not.toBe(before[0]);
    expect(await pixels(page, edges)).toBe(before[1]);
    await slide(page, 'filter-percentage', 40);
    expect(await page.textContent('[data-panel="result"] .note')).toBe('highest 40 % kept');
    expect(await pixels(page, result)).not.toBe(before[2]);
    expect(await page.textContent('#command')).toContain('--roi-percentile 60 --filter-percentage 40');
    await page.waitForURL(/roi-percentile=60/);
    await page.click('#reset');
    expect(await page.locator('input[name="refiner"][value="auto"]').isChecked()).toBe(true);
    await byRegions();
    expect([await pixels(page, roi), await pixels(page, edges), await pixels(page, result)]).toEqual(before);
  });

  /** Of each step whose picture the control is to change. */
  type Change = readonly [step: string, change: () => Promise<void>];
  async function expectChanges(changes: readonly Change[]): Promise<void> {
    for (const [step, change] of changes) {
      const drawing = `[data-panel="${step}"] button canvas`;
      const before = await pixels(page, drawing);
      await change();
      expect(await pixels(page, drawing), `${step}: ${change}`).not.toBe(before);
    }
  }

  /** What was changed above is each parameter of the refiner: its option stands in the command. */
  async function expectAllControls(refiner: Refiner): Promise<void> {
    const command = (await page.textContent('#command')) ?? '';
    const all = refineParameters
      .filter((one) => usesParameter(refiner, one))
      .map(({ name }) => `--${kebabCase(name)}`);
    expect(all.filter((option) => !command.includes(`${option} `))).toEqual([]);
  }

  test('every parameter of regions has a control that changes the pictures', async () => {
    await open('#sample=star&size=224&refiner=regions');
    await explained(page, 'star.jpg');
    await expectChanges([
      ['roi', () => slide(page, 'roi-percentile', 70)],
      ['focalPoints', () => page.locator('input[name="focalScope"][value="local"]').check()],
      ['focalPoints', () => page.locator('input[name="maximaAreas"][value="large"]').check()],
      ['merged', () => slide(page, 'merge-alpha', 0.9)],
      ['merged', () => page.locator('input[name="mergeType"][value="multiply"]').check()],
      ['result', () => slide(page, 'filter-percentage', 30)],
      ['result', () => page.locator('input[name="filterType"][value="threshold"]').check()],
      ['result', () => slide(page, 'filter-threshold', 0.2)],
    ]);
    await expectAllControls('regions');
    expect(await page.textContent('#command')).toContain(
      '--im-size 224 --refiner regions --roi-percentile 70 --focal-scope local --maxima-areas large --merge-type multiply --merge-alpha 0.9 ' +
        '--filter-type threshold --filter-percentage 30 --filter-threshold 0.2',
    );
  });

  test('every parameter of the CRF has a control that changes the pictures', async () => {
    await open('#sample=star&refiner=crf');
    await explained(page, 'star.jpg');
    await expectChanges([
      ['unary', () => slide(page, 'crf-level', 0.6)],
      ['affinity', () => slide(page, 'crf-spatial', 0.3)],
      ['affinity', () => slide(page, 'crf-colour', 20)],
      ['probabilities', () => slide(page, 'crf-weight', 1.5)],
      ['kept', () => page.locator('input[name="filterType"][value="percentage"]').check()],
      ['kept', () => slide(page, 'filter-percentage', 30)],
      ['result', () => page.locator('input[name="filterType"][value="threshold"]').check()],
      ['result', () => slide(page, 'filter-threshold', 0.2)],
    ]);
    await expectAllControls('crf');
    await page.locator('[data-panel="unary"] button').click();
    expect(await page.textContent('.scale .what')).toBe('Unary logits');
    expect(await page.textContent('#command')).toContain(
      '--refiner crf --crf-level 0.6 --crf-spatial 0.3 --crf-colour 20 --crf-weight 1.5 --filter-type threshold',
    );
    const json = await saveFile(page, '#save-json');
    expect(JSON.parse(new TextDecoder().decode(json.bytes)).options).toMatchObject({ refiner: 'crf' });
    const svg = new TextDecoder().decode((await saveFile(page, '#save-figure-svg')).bytes);
    for (const word of ['Unary logits', 'reach 0.3, colour 20']) expect(svg).toContain(word);
    expect(Object.keys(unzipSync((await saveFile(page, '#save-maps')).bytes))).toContain('star.unary.npy');
  });

  test('reports settings that give no map, and keeps the last result', async () => {
    await open();
    // A model that knows nothing: all weights zero, so both maps are flat, and there is nothing to merge.
    await give(page, { name: 'zeros.onnx', bytes: model('full', 0) });
    await page.locator('.chip', { hasText: 'zeros.onnx' }).waitFor();
    await page.getByRole('button', { name: 'Sample: star' }).click();
    await explained(page, 'star.jpg');
    expect(await page.textContent('.pipeline .problem')).toContain('both are blank');
  });

  test('an address restores its view', async () => {
    await open(
      '#sample=ring&class=star&map=edges&colormap=viridis&refiner=regions&merge-alpha=0.3&opacity=0.4&size=96',
    );
    await explained(page, 'ring.jpg');
    expect(await explainedClass(page)).toBe('star');
    expect(await page.inputValue('#map')).toBe('edges');
    expect(await page.inputValue('#colormap')).toBe('viridis');
    expect(await page.inputValue('#merge-alpha')).toBe('0.3');
    expect(await page.inputValue('#opacity')).toBe('0.4');
    expect(await page.inputValue('#size')).toBe('96');
    expect(await page.textContent('[data-panel="image"] .note')).toBe('96 × 96 pixels');
    await page.evaluate(() => {
      location.hash = '#sample=star&refiner=regions&merge-type=multiply';
    });
    await explained(page, 'star.jpg');
    expect(await explainedClass(page)).toBe('star');
    expect(await page.isChecked('input[name="mergeType"][value="multiply"]')).toBe(true);
  });

  test('ignores invalid parts of an address', async () => {
    await open(
      '#sample=unicorn&map=x&roi-percentile=900&size=77&merge-type=&opacity=-1&filter-percentage=0&fade=%',
    );
    expect(await page.locator('.welcome').count()).toBe(1);
    await page.getByRole('button', { name: 'Sample: star' }).click();
    await explained(page, 'star.jpg');
    await page.waitForURL(/#sample=star$/);
  });

  test('each file has the named content, and so has the copied command', async () => {
    await open('#sample=star&refiner=regions&roi-percentile=80');
    await explained(page, 'star.jpg');

    const figure = await saveFile(page, '#save-figure-png');
    expect(figure.name).toBe('star.pipeline.png');
    const { width, height } = decode(figure.bytes);
    expect([width, height].every((side) => side > 1000)).toBe(true);

    const svg = await saveFile(page, '#save-figure-svg');
    expect(svg.name).toBe('star.pipeline.svg');
    const text = new TextDecoder().decode(svg.bytes);
    expect(text).toMatch(/^<svg /);
    for (const word of ['star: star', 'Region growing', 'ROI: top 20 %']) expect(text).toContain(word);

    const overlay = decode((await saveFile(page, '#save-overlay-png')).bytes);
    expect([overlay.width, overlay.height]).toEqual([256, 256]);
    const mask = await saveFile(page, '#save-mask');
    expect(mask.name).toBe('star.mask.png');
    const marks = decode(mask.bytes);
    expect([marks.width, marks.height, marks.channels]).toEqual([256, 256, 1]);

    const json = await saveFile(page, '#save-json');
    expect(json.name).toBe('star.json');
    const numbers = JSON.parse(new TextDecoder().decode(json.bytes));
    expect(numbers).toMatchObject({
      image: 'samples/star.jpg',
      model: 'models/scenes.onnx',
      explained_class: { name: 'star' },
      picture_size: [256, 256],
      result_size: [256, 256],
      map_size: [64, 64],
      flat_maps: [],
      options: { roiPercentile: 80, mergeAlpha: 0.5 },
    });
    expect(numbers.predictions).toHaveLength(5);
    expect(numbers.kept_share).toBeCloseTo(0.15, 2);

    const cutOut = await saveFile(page, '#save-cut-out');
    expect(cutOut.name).toBe('star.cutout.png');
    const cut = decode(cutOut.bytes);
    expect([cut.width, cut.height, cut.channels]).toEqual([256, 256, 4]);
    expect(cut.data.filter((_, i) => i % 4 === 3)).toEqual(marks.data);
    const opaque = marks.data.filter((value) => value === 255).length;
    expect(opaque / (256 * 256)).toBeCloseTo(numbers.share, 6);
    expect(numbers.box_coco[2]).toBe(numbers.box[2] - numbers.box[0]);

    const zip = unzipSync((await saveFile(page, '#save-maps')).bytes);
    expect(Object.keys(zip)).toContain('star.json');
    await page.locator('summary').click();
    const single = await saveFile(page, '[data-map="low_cam"]');
    expect(single.name).toBe('star.low_cam.npy');
    expect(decodeNpy(single.bytes)).toMatchObject({ dtype: 'float32', shape: [4, 4] });
    expect(single.bytes).toEqual(zip['star.low_cam.npy']);
    const kept = decodeNpy(zip['star.kept.npy']);
    expect(kept).toMatchObject({ dtype: 'uint8', shape: [64, 64] });
    expect((kept.data as Uint8Array).reduce((sum, value) => sum + value, 0) / 4096).toBe(numbers.kept_share);

    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.click('#copy');
    await page.locator('#copy', { hasText: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      'hrm explain samples/star.jpg --weight-dir models/scenes.onnx --out explained --refiner regions --roi-percentile 80 --write overlay,mask,cutout,json,pipeline,npy --svg',
    );
  });

  test('shows two pictures or two classes side by side', async () => {
    await open('#sample=star');
    await explained(page, 'star.jpg');
    await page.getByText('Side by side').click();
    await explained(page, 'star.jpg', 1);
    await page.locator('[data-pane="1"] [data-class="cross"]').click();
    await page.locator('[data-pane="1"] [data-class="cross"][aria-pressed="true"]').waitFor();
    expect(await explainedClass(page, 0)).toBe('star');
    await give(page, await sampleFile('cross'), 'drop', '[data-pane="0"]');
    await explained(page, 'cross.jpg', 0);
    expect(await page.textContent('[data-pane="1"] h2')).toContain('star.jpg');
    await page.waitForURL(/sample-b=star/);
    expect(page.url()).toContain('class-b=cross');
    const address = page.url().slice(page.url().indexOf('#'));
    await leave();
    await open(address.replace('#', '#sample=disc&'));
    await explained(page, 'disc.jpg', 0);
    await explained(page, 'star.jpg', 1);
    expect(await explainedClass(page, 1)).toBe('cross');
  });

  test('two methods side by side: each map is labelled with its method', async () => {
    await open('#sample=star&compare=true&sample-b=star&method-b=grad-cam&map=lowResized&refiner=regions');
    await explained(page, 'star.jpg', 0);
    await explained(page, 'star.jpg', 1);
    const what = (pane: number): Promise<string | null> =>
      page.textContent(`[data-pane="${pane}"] .scale .what`);
    expect([await what(0), await what(1)]).toEqual([
      'Low-resolution CAM, resized',
      'Low-resolution CAM, resized, of Grad-CAM',
    ]);
    await page.locator('[data-pane="0"] .method').focus();
    await page.locator('[data-pane="0"] .method').selectOption('centered-cam');
    await page.locator('[data-pane="0"] .what', { hasText: 'Centred CAM' }).waitFor();
    await page.waitForURL(/method=centered-cam/);
    expect(await page.textContent('#command')).toContain('--method centered-cam');
    const svg = new TextDecoder().decode((await saveFile(page, '#save-figure-svg')).bytes);
    expect(svg).toContain('the low-resolution one, enlarged');
    await page.locator('[data-pane="0"] .method').selectOption('');
    await page.locator('[data-pane="0"] .what', { hasText: /resized$/ }).waitFor();
  });

  test('signed maps are diverging; pointer and keyboard move a value cursor on all pictures', async () => {
    await open('#sample=star&map=lowCam');
    await explained(page, 'star.jpg');
    const ends = async (): Promise<string[]> => [
      (await page.textContent('.scale .low')) ?? '',
      (await page.textContent('.scale .high')) ?? '',
    ];
    const [least, most] = await ends();
    expect(least).toMatch(/^against −/);
    expect(least.slice('against −'.length)).toBe(most.slice(0, -' for the class'.length));
    await page.selectOption('#colormap', 'magma');
    expect((await ends()).join()).not.toContain('against');

    const low = decodeNpy(
      (
        await page
          .locator('summary')
          .click()
          .then(() => saveFile(page, '[data-map="low_cam"]'))
      ).bytes,
    );
    const value = (i: number): number => Number(low.data[i]);
    const stack = page.locator('[data-pane="0"] .stack');
    const { width, height } = (await stack.boundingBox()) as { width: number; height: number };
    await stack.hover({ position: { x: 0.9 * width, y: 0.1 * height } });
    const readout = page.locator('[data-pane="0"] .readout');
    const read = async (): Promise<number> =>
      Number((await readout.textContent())?.split(' · ')[2].replace('−', '-'));
    expect(await readout.textContent()).toMatch(/^x 230, y 2[56] · map 3, 0 · /);
    expect(await read()).toBeCloseTo(value(3), 1);
    expect(await page.textContent('[data-panel="lowCam"] .value')).toBe(
      (await readout.textContent())?.split(' · ')[2],
    );
    await page.mouse.move(0, 0);
    expect(await readout.textContent()).toBe('');
    await stack.focus();
    await page.keyboard.press('ArrowRight'); // shows the cursor, in the middle
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowUp');
    expect(await readout.textContent()).toContain('map 3, 1');
    expect(await read()).toBeCloseTo(value(7), 1);
    expect(await readout.getAttribute('aria-live')).toBe('polite');
    await page.keyboard.press('Escape');
    expect(await readout.textContent()).toBe('');
  });

  test('reports a file that is not a picture, and keeps the last result', async () => {
    await open('#sample=star');
    await explained(page, 'star.jpg');
    const before = await pixels(page, '[data-pane="0"] canvas.map');
    const png = await encodePng(tensor('uint8', [40, 40, 3]));
    const cases: [name: string, bytes: Uint8Array, message: RegExp][] = [
      [
        'notes.md',
        new TextEncoder().encode('no picture at all'),
        /notes\.md is not in an image format that browsers read/,
      ],
      ['empty.png', new Uint8Array(0), /empty\.png is empty/],
      ['cut.png', png.slice(0, 60), /cut\.png cannot be read: damaged/],
      ['scan.tif', new TextEncoder().encode('II*\0 and no more'), /scan\.tif cannot be read.*hrm explain/],
    ];
    for (const [name, bytes, message] of cases) {
      await give(page, { name, bytes });
      await page.locator('[data-pane="0"] [role="alert"]', { hasText: message }).waitFor();
      expect(await explainedClass(page)).toBe('star');
      expect(await pixels(page, '[data-pane="0"] canvas.map')).toBe(before);
    }
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.locator('[role="alert"]').count()).toBe(0);
  });

  test('reports a file that is not a model, and keeps the previous model', async () => {
    await open('#sample=star');
    await explained(page, 'star.jpg');
    const cases: [name: string, bytes: Uint8Array, message: RegExp][] = [
      ['other.onnx', new TextEncoder().encode('nothing'), /other\.onnx.*The previous model stays/],
      [
        'weights.h5',
        new Uint8Array([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0]),
        /hrm convert weights\.h5/,
      ],
    ];
    for (const [name, bytes, message] of cases) {
      await give(page, { name, bytes });
      await page.locator('[role="alert"]', { hasText: message }).waitFor();
    }
    await page.getByRole('button', { name: 'Sample: ring' }).click();
    await explained(page, 'ring.jpg');
    expect(await explainedClass(page)).toBe('ring');
  });

  test('a page without a model says so and accepts one', async () => {
    page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
    page.setDefaultTimeout(patience);
    await page.route('**/v1/model', (route) => route.fulfill({ status: 404, body: 'none' }));
    await page.goto(`${server.url}#sample=star`);
    await page.locator('[role="alert"]', { hasText: 'the server answers 404' }).waitFor();
    await give(page, { name: 'mine.onnx', bytes: await readFile(join(root, 'models', 'scenes.onnx')) });
    await explained(page, 'star.jpg');
    expect(await explainedClass(page)).toBe('star');
    expect(await page.locator('[role="alert"]').count()).toBe(0);
  });

  test("shows a server's own models, and no scenes for models that do not know them", async () => {
    page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
    page.setDefaultTimeout(patience);
    const answer = { models: [{ name: 'served', file: { href: 'model/file?model=served' } }] };
    await page.route('**/v1/model', (route) => route.fulfill({ json: answer }));
    await page.route('**/v1/model/file?model=served', (route) =>
      route.fulfill({ body: Buffer.from(model('full', 1)) }),
    );
    await page.goto(server.url);
    await page.locator('#model-facts', { hasText: /served\s+full, 3 classes/ }).waitFor();
    expect(await page.locator('.sample').count()).toBe(0);
    expect(await page.locator('#model').count()).toBe(0);
  });

  test('reports a model that cannot be downloaded, and keeps the previous one', async () => {
    await open('#sample=star');
    await explained(page, 'star.jpg');
    await page.route('**/models/imagenet.onnx', (route) => route.fulfill({ status: 503, body: 'later' }));
    await give(page, await sampleFile('ring'));
    await page.locator('[role="alert"]', { hasText: 'the server answers 503' }).waitFor();
    await explained(page, 'ring.jpg');
    expect(await explainedClass(page)).toBe('ring');
    complaints.length = 0; // of Chromium, about the status
  });

  test('a half model shows its enlarged low-res map instead of a high-res one', async () => {
    await open('#sample=star');
    await explained(page, 'star.jpg');
    await give(page, { name: 'half.onnx', bytes: model('half', 1) });
    await page.locator('#model-facts', { hasText: /half\.onnx\s+half, 3 classes/ }).waitFor();
    await page.locator('.pipeline .hint', { hasText: 'only a low-resolution map' }).waitFor();
    await explained(page, 'star.jpg');
    expect(['red fox', 'owl', "d'or"]).toContain(await explainedClass(page));
    expect(await page.textContent('.scale .what')).toBe('Refined CAM');
    const files = unzipSync((await saveFile(page, '#save-maps')).bytes);
    const [low, high] = ['low_cam', 'high_cam'].map((name) => decodeNpy(files[`star.${name}.npy`]));
    expect([low.shape, high.shape]).toEqual([
      [2, 2],
      [32, 32],
    ]);
    expect(high.data[0]).toBe(low.data[0]);
  });

  test('sends no request to other hosts', async () => {
    await open('#sample=star');
    await explained(page, 'star.jpg');
    const answer = await page.evaluate(async () => {
      const content = document
        .querySelector('meta[http-equiv="Content-Security-Policy"]')
        ?.getAttribute('content');
      const blocked = new Promise<string>((resolve) =>
        document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
          resolve(effectiveDirective),
        ),
      );
      const sent = await fetch('https://example.org/').then(
        () => 'sent',
        () => 'refused',
      );
      return { content, sent, blocked: await blocked };
    });
    expect(answer).toMatchObject({ sent: 'refused', blocked: 'connect-src' });
    expect(answer.content).toContain("default-src 'none'");
    expect(complaints.splice(0).join()).toContain('Content Security Policy');
    requests.splice(0, requests.length, ...requests.filter((url) => url !== 'https://example.org/'));
  });

  test('a phone shows everything without clipping', async () => {
    await open('#refiner=regions', { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true });
    const fits = (): Promise<boolean> =>
      page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
    expect(await fits()).toBe(true);
    await page.getByRole('button', { name: 'Sample: star' }).tap();
    await explained(page, 'star.jpg');
    expect(await fits()).toBe(true);
    await page.locator('[data-panel="edges"] button').tap();
    expect(await page.textContent('.scale .what')).toBe('Edges');
    const slider = page.locator('#filter-percentage');
    await slider.scrollIntoViewIfNeeded();
    expect(await slider.isVisible()).toBe(true);
    // The picture is in sight with it.
    const { y, height } = (await page.locator('.stack').boundingBox()) as { y: number; height: number };
    expect(y).toBeGreaterThanOrEqual(0);
    expect(y + height).toBeLessThan((await slider.boundingBox())?.y as number);
    // There are no arrows here: words say what a step is made from.
    const letter = (step: string) => page.locator(`[data-panel="${step}"] .letter`).textContent();
    const from = `from ${await letter('lowResized')}, ${await letter('fullSegment')}`;
    expect(from).toMatch(/^from [a-z], [a-z]$/);
    expect(await page.locator('[data-panel="merged"] .from').textContent()).toBe(from);
  });

  test('themes: light, dark, or that of the system', async () => {
    await open('', { colorScheme: 'dark' });
    const lightness = (): Promise<number> =>
      page.evaluate(() =>
        Number(/\d+/.exec(getComputedStyle(document.documentElement).backgroundColor)?.[0]),
      );
    expect(await lightness()).toBeLessThan(60);
    await page.selectOption('#theme', 'light');
    expect(await lightness()).toBeGreaterThan(200);
    await page.reload();
    await page.locator('#theme').waitFor();
    expect(await lightness()).toBeGreaterThan(200);
  });

  test('has no accessibility problem found by axe, in light and dark', async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    /** @param rules of axe; default: all */
    const barriers = async (colorScheme: 'light' | 'dark', rules?: string[]): Promise<string[]> => {
      await page.emulateMedia({ colorScheme });
      return page.evaluate(async (rules) => {
        type Found = { violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] };
        type Axe = { run(options: object): Promise<Found> };
        const { axe } = globalThis as unknown as { axe: Axe };
        const { violations } = await axe.run(rules ? { runOnly: rules } : {});
        return violations.flatMap(({ id, nodes }) =>
          nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
        );
      }, rules);
    };
    const check = async (): Promise<void> => {
      expect(await barriers('light')).toEqual([]);
      // The two differ in nothing but colours.
      expect(await barriers('dark', ['color-contrast'])).toEqual([]);
    };
    await open();
    await page.evaluate(axe);
    await page.locator('#device').waitFor();
    await check();
    await page.getByRole('button', { name: 'Sample: star' }).click();
    await explained(page, 'star.jpg');
    await check();
    await page.getByText('Side by side').click();
    await explained(page, 'star.jpg', 1);
    await check();
    await give(page, { name: 'tiny.onnx', bytes: tinyClassifier() });
    await page.locator('#import summary').click();
    await check();
  });
});

/** A small model of another kind. @param scale of its weights, which are random */
function model(type: 'half' | 'full', scale: number): Uint8Array {
  const config = { type, classes: ['red fox', 'owl', "d'or"], imSize: 32, channels: 3 };
  const weights = initializeWeights(config, random(1));
  for (const { data } of weights.values()) for (let i = 0; i < data.length; i++) data[i] *= scale;
  return encodeModel({ ...config, weights });
}
