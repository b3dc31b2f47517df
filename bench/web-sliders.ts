/**
 * `npx tsx bench/web-sliders.ts`: the page's time in Chromium from the change of a parameter to its pictures,
 * at 224 x 224. Needs the built page (`npm run build:web`). Medians of 40 changes each; "drawn": every
 * picture that depends on the parameter is on its canvas; "shown": the frame with them is done, which waits
 * for the screen, 60 times a second; "thread": CPU time of the page's thread for one change, with layout and
 * painting.
 */
import type { Page } from 'playwright-core';
import { type RefineParameter, refineParameters, usesParameter } from '../src/refine/parameters.ts';
import { kebabCase } from '../src/text/case.ts';
import { startChromium, withoutGpu } from '../test/browser/chromium.ts';
import { explained, site } from '../test/browser/page.ts';
import { serveSite } from '../test/browser/static-server.ts';

const rounds = 40;

/** A control, and the values that it is set to in turn. */
interface Change {
  readonly name: string;
  readonly selectors: readonly string[];
  /** For sliders; without them the control is radio buttons, one for each value. */
  readonly values?: readonly number[];
}

/**
 * For a choice: its words in turn, the default last. For a number: values around the default, within the
 * range.
 */
function changeOf(parameter: RefineParameter): Change {
  const { name } = parameter;
  if ('words' in parameter) {
    const others = Object.keys(parameter.words).filter((word) => word !== parameter.default);
    const selectors = [...others, parameter.default].map((word) => `input[name="${name}"][value="${word}"]`);
    return { name, selectors };
  }
  const [low, high] = parameter.range;
  const room = Math.min(parameter.default - low, high - parameter.default);
  const values = [-0.5, 0, 0.5, 1]
    .map((share) => parameter.default + share * room)
    .map((value) => (parameter.whole ? Math.round(value) : value));
  return { name, selectors: [`#${kebabCase(name)}`], values };
}

/** `hash`: settings with which the parameter has an effect. */
const changes: readonly (readonly [hash: string, change: Change])[] = (['regions', 'crf'] as const).flatMap(
  (refiner) => [
    ...refineParameters
      .filter((parameter) => parameter.name !== 'refiner' && usesParameter(refiner, parameter))
      .map((parameter) => {
        const when = Object.entries(parameter.when ?? {}).map(([name, value]) => [kebabCase(name), value]);
        return [String(new URLSearchParams([['refiner', refiner], ...when])), changeOf(parameter)] as const;
      }),
    [`refiner=${refiner}`, { name: 'opacity', selectors: ['#opacity'], values: [0.2, 0.4, 0.6, 0.8] }],
  ],
);

const server = await serveSite(site, { isolated: true });
const browser = await startChromium(withoutGpu);
try {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    serviceWorkers: 'block',
  });
  console.log(
    `${'parameter'.padEnd(28)}${'drawn'.padStart(10)}${'90 %'.padStart(10)}${'shown'.padStart(10)}${'thread'.padStart(10)}`,
  );
  for (const [hash, change] of changes) {
    const page = await context.newPage();
    await page.goto(`${server.url}#sample=star&size=224&device=wasm&${hash}`);
    await explained(page, 'star.jpg');
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const threadMs = async (): Promise<number> => {
      const { metrics } = await session.send('Performance.getMetrics');
      return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
    };
    await measure(page, change, 4); // compiles
    const before = await threadMs();
    const times = await measure(page, change, rounds);
    const thread = ((await threadMs()) - before) / rounds;
    const cells = [
      quantile(times.drawn, 0.5),
      quantile(times.drawn, 0.9),
      quantile(times.shown, 0.5),
      thread,
    ];
    console.log(
      `${new URLSearchParams(hash).get('refiner')}: ${change.name}`.padEnd(28) +
        cells.map((ms) => `${ms.toFixed(1)} ms`.padStart(10)).join(''),
    );
    await page.close();
  }
} finally {
  await browser.close();
  await server.close();
}

function measure(page: Page, change: Change, count: number): Promise<{ drawn: number[]; shown: number[] }> {
  return page.evaluate(
    async ([{ selectors, values }, times]) => {
      const drawn: number[] = [];
      const shown: number[] = [];
      for (let i = 0; i < times; i++) {
        const input = document.querySelector(selectors[i % selectors.length]) as HTMLInputElement;
        const start = performance.now();
        if (values) {
          input.value = String(values[i % values.length]);
          input.dispatchEvent(new Event('input', { bubbles: true }));
        } else input.click();
        const end = performance.now();
        await new Promise((resolve) =>
          requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = resolve;
            port2.postMessage(0);
          }),
        );
        drawn.push(end - start);
        shown.push(performance.now() - start);
      }
      return { drawn, shown };
    },
    [change, count] as const,
  );
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)];
}
