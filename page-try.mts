import { chromium } from 'playwright-core';
import { readFile } from 'node:fs/promises';
import { serveSite } from './test/browser/static-server.ts';
import { site } from './test/browser/page.ts';
const [,, modelsArg, photo, outPrefix, ...opts] = process.argv;
const server = await serveSite(site, { isolated: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
const phone = opts.includes('phone');
const ctx = await browser.newContext({ serviceWorkers: 'block', viewport: phone ? { width: 390, height: 844 } : { width: 1360, height: 900 }, colorScheme: opts.includes('dark') ? 'dark' : 'light' });
const page = await ctx.newPage();
page.setDefaultTimeout(240000);
page.on('console', m => { if (['error','warning'].includes(m.type())) console.log('CONSOLE', m.text().slice(0,300)); });
page.on('pageerror', e => console.log('PAGEERROR', e.stack));
await page.goto(server.url + '#device=wasm');
await page.locator('#device').waitFor();
if (photo && photo !== '-') { await page.setInputFiles('#picture-file', photo); await page.locator('.predictions').waitFor(); }
for (const m of modelsArg.split(',')) {
  const t = Date.now();
  await page.setInputFiles('#model-file', m);
  const name = m.split('/').pop()!;
  const ok = await Promise.race([
    page.locator('#model-facts', { hasText: name }).waitFor().then(() => 'open'),
    page.locator('header ~ [role="alert"]').first().waitFor().then(async () => 'ALERT ' + await page.locator('header ~ [role="alert"]').first().textContent()),
  ]);
  console.log(name, ok, Date.now() - t, 'ms', ok === 'open' ? await page.textContent('#import summary') : '');
  if (ok !== 'open') { await page.getByRole('button', { name: 'Dismiss' }).first().click(); continue; }
  if (photo && photo !== '-') {
    const methods = opts.includes('methods') ? await page.locator('select.method option').evaluateAll(o => o.map(x => (x as HTMLOptionElement).value).filter(x => x !== 'score-cam')) : [''];
    for (const one of methods) {
      const t2 = Date.now();
      await page.selectOption('select.method', one);
      await page.waitForTimeout(150);
      await page.waitForFunction(() => document.querySelector('[data-pane="0"] p.busy')?.textContent === '');
      const alert = await page.locator('[data-pane="0"] [role="alert"]').allTextContents();
      console.log('  ', one || 'own', Date.now() - t2, 'ms', await page.locator('.predictions li .name').first().textContent(), await page.locator('.predictions li .share').first().textContent(), await page.textContent('.scale .what'), alert.join('|'));
    }
    await page.selectOption('select.method', '');
    await page.waitForTimeout(150);
    await page.waitForFunction(() => document.querySelector('[data-pane="0"] p.busy')?.textContent === '');
    console.log('  ', await page.textContent('#command'));
  }
}
if (outPrefix && outPrefix !== '-') await page.screenshot({ path: outPrefix, fullPage: true });
await browser.close(); await server.close();
