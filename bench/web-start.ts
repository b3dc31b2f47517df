/**
 * `npx tsx bench/web-start.ts [--rounds 5]`: the time of a cold page in Chromium to its first explanation of
 * a sample scene: a new browser each time, empty caches, files from this machine. Needs the built page
 * (`npm run build:web`). Milliseconds after the address was entered: "model": the model's file has arrived;
 * "explained": prediction, maps and all steps are shown. Medians.
 */
import { parseArgs } from 'node:util';
import { startChromium, withoutGpu } from '../test/browser/chromium.ts';
import { explained, site } from '../test/browser/page.ts';
import { serveSite } from '../test/browser/static-server.ts';
import { median } from './rounds.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const server = await serveSite(site, { isolated: true });
const times: { model: number; explained: number; threads: string }[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const browser = await startChromium(withoutGpu);
  const page = await browser.newPage({ serviceWorkers: 'block', viewport: { width: 1440, height: 900 } });
  const start = performance.now();
  let model = Number.NaN;
  page.on('requestfinished', (request) => {
    if (request.url().endsWith('.onnx')) model = performance.now() - start;
  });
  await page.goto(`${server.url}#sample=star&device=wasm`);
  await explained(page, 'star.jpg');
  times.push({
    model,
    explained: performance.now() - start,
    threads: (await page.textContent('#device')) ?? '',
  });
  await browser.close();
}
await server.close();
const [model, shown] = [median(times.map((one) => one.model)), median(times.map((one) => one.explained))];
console.log(`${times.length} cold starts, ${times[0].threads}`);
console.log(`model there after ${model.toFixed(0)} ms, explained after ${shown.toFixed(0)} ms`);
console.log(`explained after, each: ${times.map((one) => one.explained.toFixed(0)).join(', ')} ms`);
