/** The built page after its first load: without a network, from a folder of any static host. */

import { decode } from 'fast-png';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChromium, startChromium } from './chromium.ts';
import { explained, explainedClass, patience, saveFile, site } from './page.ts';
import { serveSite } from './static-server.ts';

describe.skipIf(findChromium() === undefined)('the page, once loaded', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  test('works without a network, and with threads even if the host does not isolate it', async () => {
    const server = await serveSite(site, { prefix: '/some/folder/' });
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    const failures: string[] = [];
    page.on('pageerror', (error) => failures.push(String(error)));
    await page.goto(`${server.url}#sample=star`);
    await explained(page, 'star.jpg');
    expect(await page.textContent('#device')).toBe('WebAssembly, 1 thread');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await page.evaluate(() => navigator.serviceWorker.ready);

    await server.close();
    await context.setOffline(true);
    await page.reload();
    await explained(page, 'star.jpg');
    expect(await explainedClass(page)).toBe('star');
    await page.getByRole('button', { name: 'Sample: ring' }).click();
    await explained(page, 'ring.jpg');
    expect(await explainedClass(page)).toBe('ring');
    expect(decode((await saveFile(page, '#save-figure-png')).bytes).width).toBeGreaterThan(1000);
    // The service worker's answers isolate the page: WebAssembly may have threads now.
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    const threads = await page.evaluate(() => Math.min(navigator.hardwareConcurrency, 8));
    expect(await page.textContent('#device')).toContain(`WebAssembly, ${threads} thread`);
    expect(failures).toEqual([]);
    await context.close();
  });
});
