/** Probabilities and maps in a browser are those in Node: by WebAssembly, and on WebGPU where Chromium can have it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resize } from '../../src/data/picture/resize.ts';
import type { FullModel } from '../../src/explain/full-model.ts';
import { mapAt, openMethod, refine, refinerFor } from '../../src/index.ts';
import { decodeModel, networkOf } from '../../src/models/index.ts';
import { createSession, encodePng, loadFullModel, readPicture, toImage } from '../../src/node.ts';
import { mapsOf } from '../../src/refine/maps-of.ts';
import { decodeNpy } from '../../src/tensor/npy.ts';
import type { Picture } from '../../src/tensor/tensor.ts';
import { findChromium, startChromium } from './chromium.ts';
import { explained, give, patience, root, saveFile, site } from './page.ts';
import { type StaticServer, serveSite } from './static-server.ts';

/** Of both maps, whose values reach about 30; sums in another order leave a few millionths of that. */
const tolerance = 1e-3;

/** SwiftShader: WebGPU on the processor. */
const softwareGpu = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

describe.skipIf(findChromium() === undefined)('maps in a browser and in Node', () => {
  let scenes: FullModel;
  let photos: FullModel;
  /** 256 x 256, as decoded in Node; it goes to the page as a PNG, which loses nothing. */
  let picture: Picture;
  let png: Uint8Array;
  let isolated: StaticServer;
  let plain: StaticServer;
  /** One for all that runs by WebAssembly: the runtime is then compiled once. */
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    scenes = await loadFullModel(join(root, 'models', 'scenes.onnx'));
    photos = await loadFullModel(join(root, 'models', 'imagenet.onnx'));
    picture = await readPicture(join(root, 'samples', 'star.jpg'));
    png = await encodePng(picture);
    [isolated, plain] = [await serveSite(site, { isolated: true }), await serveSite(site)];
    browser = await startChromium();
    context = await browser.newContext({ serviceWorkers: 'block' });
  });
  afterAll(async () => {
    await browser?.close();
    await scenes?.release();
    await photos?.release();
    await isolated?.close();
    await plain?.close();
  });

  /** What the page says of the picture: its JSON, and its maps by name. */
  async function inBrowser(
    context: BrowserContext,
    url: string,
    device = 'WebAssembly',
  ): Promise<{ device: string; files: Record<string, Uint8Array> }> {
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    await page.goto(url);
    await page.locator('#device', { hasText: device }).waitFor();
    await give(page, { name: 'star.png', bytes: png });
    await explained(page, 'star.png');
    const shown = (await page.textContent('#device')) ?? '';
    const files = unzipSync((await saveFile(page, '#save-maps')).bytes);
    await page.close();
    return { device: shown, files };
  }

  /** Compares with Node, which is given the same decoded pixels, resized by the same code. */
  async function compare(
    files: Record<string, Uint8Array>,
    model: FullModel,
    size: number = model.imSize,
  ): Promise<void> {
    const seen = resize(picture, size, size);
    const { probabilities, lowResCam, highResCam } = await model.explain(toImage(seen));
    const [low, high] = [mapAt(lowResCam, 0), mapAt(highResCam!, 0)];
    const json = JSON.parse(new TextDecoder().decode(files['star.json']));
    const top = model.topN(probabilities, 5)[0];
    expect(json.predictions.map(({ name }: { name: string }) => name)).toEqual(top.map(({ name }) => name));
    for (const [i, { probability }] of top.entries())
      expect(Math.abs(json.predictions[i].probability - probability)).toBeLessThan(tolerance);
    for (const [name, map] of Object.entries({ low_cam: low, high_cam: high })) {
      const found = decodeNpy(files[`star.${name}.npy`]);
      expect(found.shape).toEqual(map.shape);
      const worst = map.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - Number(found.data[i]))),
        0,
      );
      const most = map.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
      expect(worst, name).toBeLessThan(tolerance * most);
    }
    // The refinement of the page's own maps, bit for bit: no graph is in it.
    const [lowThere, highThere] = ['low_cam', 'high_cam'].map((name) => decodeNpy(files[`star.${name}.npy`]));
    const refiner = refinerFor(model.expansion, model.imported !== undefined);
    const refined = mapsOf(refine(seen, lowThere as typeof low, highThere as typeof high, { refiner }));
    for (const [name, map] of Object.entries(refined))
      expect(decodeNpy(files[`star.${name}.npy`]), name).toEqual(map);
  }

  test('by WebAssembly, with threads and without, at several sizes', async () => {
    const threads = await inBrowser(context, `${isolated.url}#device=wasm`);
    expect(threads.device).toMatch(/^WebAssembly/);
    await compare(threads.files, photos);
    const larger = await inBrowser(context, `${isolated.url}#device=wasm&model=scenes&size=224`);
    await compare(larger.files, scenes, 224);
    const single = await inBrowser(context, `${plain.url}#device=wasm&model=scenes`);
    expect(single.device).toBe('WebAssembly, 1 thread');
    await compare(single.files, scenes);
  });

  test.each(['grad-cam++', 'layer-cam', 'score-cam'])('by %s', async (name) => {
    const { files } = await inBrowser(
      context,
      `${isolated.url}#device=wasm&model=scenes&method=${encodeURIComponent(name)}`,
    );
    const seen = resize(picture, scenes.imSize, scenes.imSize);
    const bytes = await readFile(join(root, 'models', 'scenes.onnx'));
    const method = await openMethod(name, networkOf(decodeModel(bytes, 'scenes.onnx')), createSession);
    const { explainedClass } = await scenes.explain(toImage(seen));
    const map = mapAt(await method.maps(toImage(seen), explainedClass), 0);
    await method.release?.();
    const found = decodeNpy(files['star.low_cam.npy']);
    expect(found.shape).toEqual(map.shape);
    const most = map.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    for (const [i, value] of map.data.entries())
      expect(Math.abs(Number(found.data[i]) - value)).toBeLessThan(tolerance * most);
    const json = JSON.parse(new TextDecoder().decode(files['star.json']));
    expect(json.method).toMatchObject({ name, smooth: false });
  });

  // Most of the time goes into compiling shaders for a GPU that is none.
  test('on WebGPU, in software', async ({ skip }) => {
    const gpuBrowser = await startChromium(softwareGpu);
    try {
      const probe = await gpuBrowser.newPage();
      await probe.goto(isolated.url);
      const adapter = await probe.evaluate(async () => {
        type Gpu = { requestAdapter(): Promise<{ info: { vendor: string; architecture: string } } | null> };
        const { gpu } = navigator as unknown as { gpu?: Gpu };
        const found = await gpu?.requestAdapter();
        return found ? `${found.info.vendor} ${found.info.architecture}` : undefined;
      });
      await probe.close();
      if (adapter === undefined) return skip('this Chromium has no WebGPU, not even in software');
      const { device, files } = await inBrowser(
        await gpuBrowser.newContext({ serviceWorkers: 'block' }),
        `${isolated.url}#device=webgpu&model=scenes`,
        'WebGPU',
      );
      expect(device).toBe('WebGPU');
      await compare(files, scenes);
      // Left to itself, the page passes over a GPU that is imitated in software.
      const page = await gpuBrowser.newPage();
      page.setDefaultTimeout(patience);
      await page.goto(isolated.url);
      if (/swiftshader/i.test(adapter)) {
        await page.locator('#device[title*="emulated in software"]').waitFor();
        expect(await page.textContent('#device')).toMatch(/^WebAssembly/);
      }
    } finally {
      await gpuBrowser.close();
    }
  });
});
