/** The page as `hrm serve` serves it: with the server's models, and with its token where it has one. */
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { newFolder } from '../helpers/cli.ts';
import { startServerProcess } from '../helpers/server.ts';
import { findChromium, startChromium } from './chromium.ts';
import { explained, explainedClass, give, patience, root, sampleFile, site } from './page.ts';

const token = 'a-token-of-24-characters';
const work = newFolder();
afterAll(() => rmSync(work, { recursive: true }));

describe.skipIf(findChromium() === undefined)('the page of a server', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  async function open(address: string): Promise<{ page: Page; requests: string[] }> {
    const page = await browser.newPage();
    page.setDefaultTimeout(patience);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(address);
    return { page, requests };
  }

  test("has the server's models, and threads", async () => {
    const server = await startServerProcess(work, '--page', site);
    const modelAddress = `${server.address}/v1/model/file?model=scenes`;
    try {
      const { page, requests } = await open(server.address);
      await page.getByRole('button', { name: 'Sample: star' }).click();
      await explained(page, 'star.jpg');
      expect(await explainedClass(page)).toBe('star');
      expect(await page.locator('#model option').allTextContents()).toEqual([
        'automatic',
        'imagenet',
        'photo15',
        'scenes',
      ]);
      expect(requests).toContain(modelAddress);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      expect(requests.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(server.address))).toEqual(
        [],
      );
      // Once loaded it does without its server.
      await page.waitForFunction(async (url) => (await caches.match(url)) !== undefined, modelAddress);
      await page.evaluate(() => navigator.serviceWorker.ready);
      expect(await server.stop()).toBe(0);
      await page.reload();
      await explained(page, 'star.jpg');
      expect(await explainedClass(page)).toBe('star');
    } finally {
      await server.stop();
    }
  });

  test("asks for the server's token and works with it", async () => {
    writeFileSync(join(work, 'token'), token);
    const model = join(root, 'models', 'scenes.onnx');
    const server = await startServerProcess(
      work,
      '--page',
      site,
      '--weight-dir',
      model,
      '--token-file',
      'token',
    );
    try {
      const { page } = await open(server.address);
      await page.fill('#token', 'another-one');
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.locator('.token [role="alert"]', { hasText: 'Wrong token' }).waitFor();
      await page.fill('#token', token);
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.locator('#model-facts', { hasText: 'scenes' }).waitFor();
      expect(await page.locator('#token').count()).toBe(0);
      await give(page, await sampleFile('ring'));
      await explained(page, 'ring.jpg');
      expect(await explainedClass(page)).toBe('ring');
    } finally {
      expect(await server.stop()).toBe(0);
    }
  });
});

test.skipIf(process.platform !== 'linux')("--open opens a browser at the server's address", async () => {
  const browser = join(work, 'browser');
  writeFileSync(browser, `#!/bin/sh\necho "$1" > '${join(work, 'opened')}'\n`);
  chmodSync(browser, 0o755);
  vi.stubEnv('BROWSER', browser);
  const server = await startServerProcess(work, '--page', site, '--open').finally(() => vi.unstubAllEnvs());
  try {
    await vi.waitUntil(() => existsSync(join(work, 'opened')), { timeout: patience });
    await vi.waitUntil(() => readFileSync(join(work, 'opened'), 'utf8').includes(server.address));
  } finally {
    expect(await server.stop()).toBe(0);
  }
});
