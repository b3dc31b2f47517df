/** Finds a Chromium for the tests of the page. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const places = [
  '/usr/lib/chromium/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hrm-chromium', 'chromium'),
];

/** The program of a Chromium: `HRM_CHROMIUM`, else one that is installed; undefined where there is none, or `HRM_CHROMIUM=none`. */
export function findChromium(): string | undefined {
  const named = process.env.HRM_CHROMIUM;
  if (named === 'none') return undefined;
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`HRM_CHROMIUM: there is no ${named}`);
    return named;
  }
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((dir) => names.map((name) => join(dir, name)));
  return [...onPath, ...places].find((path) => existsSync(path));
}

/** What to say where there is none. */
export const howToGetOne =
  'the tests of the page are skipped: no Chromium was found (apt-get install chromium, or HRM_CHROMIUM=/path/to/it)';

/** Without a GPU: one in software draws pages three times as slowly as Chromium's own renderer. */
export const withoutGpu: readonly string[] = ['--disable-gpu'];

/** Tests run WebAssembly too briefly for V8's optimising compiler to pay: without it they take a fifth less. */
const inTests: readonly string[] = [...withoutGpu, '--js-flags=--liftoff-only'];

/** Starts it. @param flags further ones; default: those of tests, which make WebAssembly slow */
export async function startChromium(flags: readonly string[] = inTests): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(howToGetOne);
  // In containers Chromium's own sandbox mostly cannot be had; it opens nothing but the page.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', ...flags] });
}
