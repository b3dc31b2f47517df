/** `npx tsx tools/page-picture.ts`: takes `docs/page.png`, the README's picture of the built page. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { startChromium } from '../test/browser/chromium.ts';
import { explained, root, site } from '../test/browser/page.ts';
import { serveSite } from '../test/browser/static-server.ts';

async function take(): Promise<void> {
  const server = await serveSite(site, { isolated: true });
  const browser = await startChromium();
  const context = await browser.newContext({
    viewport: { width: 1440, height: 1720 },
    serviceWorkers: 'block',
    colorScheme: 'light',
  });
  const page = await context.newPage();
  await page.goto(`${server.url}#sample=triangle`);
  await explained(page, 'triangle.jpg');
  const picture = await page.screenshot();
  await browser.close();
  await server.close();
  writeFileSync(
    join(root, 'docs', 'page.png'),
    await sharp(picture).png({ palette: true, effort: 10 }).toBuffer(),
  );
}

void take();
