/** What the tests of the page do with it. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

export const root: string = join(import.meta.dirname, '..', '..');
/** The built page. */
export const site: string = join(root, 'dist', 'web');
if (!existsSync(join(site, 'index.html'))) throw new Error('dist/web is missing: npm run build:web');

/** A file for the page. */
export interface GivenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly type?: string;
}

export async function sampleFile(name: string): Promise<GivenFile> {
  const bytes = await readFile(join(root, 'samples', `${name}.jpg`));
  return { name: `${name}.jpg`, bytes, type: 'image/jpeg' };
}

/** Lets go of files over a place of the page, or pastes them. */
export async function give(
  page: Page,
  given: GivenFile | readonly GivenFile[],
  how: 'drop' | 'paste' = 'drop',
  selector = 'body',
): Promise<void> {
  const files = [given].flat().map(({ name, bytes, type = '' }) => ({
    name,
    type,
    content: Buffer.from(bytes).toString('base64'),
  }));
  await page.evaluate(
    ([all, event, place]) => {
      const transfer = new DataTransfer();
      for (const { name, type, content } of all) {
        const data = Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0));
        transfer.items.add(new File([data], name, { type }));
      }
      const options = { bubbles: true, cancelable: true };
      (document.querySelector(place) as Element).dispatchEvent(
        event === 'drop'
          ? new DragEvent('drop', { ...options, dataTransfer: transfer })
          : new ClipboardEvent('paste', { ...options, clipboardData: transfer }),
      );
    },
    [files, how, selector] as const,
  );
}

/** The longest wait for a page, in milliseconds: for one that hangs, not for a machine that is slow. */
export const patience = 1_200_000;

/** Waits until a pane shows a picture's explanation. */
export async function explained(page: Page, name: string, pane = 0): Promise<void> {
  const at = `[data-pane="${pane}"]`;
  await page.locator(`${at} h2`, { hasText: name }).waitFor();
  await page.locator(`${at} .predictions`).waitFor();
  await page.waitForFunction((place) => document.querySelector(`${place} p.busy`)?.textContent === '', at);
}

/** The class whose map a pane shows. */
export async function explainedClass(page: Page, pane = 0): Promise<string | null> {
  return page.locator(`[data-pane="${pane}"] .predictions [aria-pressed="true"]`).getAttribute('data-class');
}

/** Clicks what saves a file. */
export async function saveFile(page: Page, selector: string): Promise<{ name: string; bytes: Uint8Array }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator(selector).click()]);
  return { name: download.suggestedFilename(), bytes: new Uint8Array(await readFile(await download.path())) };
}

/** Moves a slider, as a hand or a key does. */
export async function slide(page: Page, id: string, value: number): Promise<void> {
  await page.locator(`#${id}`).evaluate((input, to) => {
    (input as HTMLInputElement).value = String(to);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }, value);
}

/** The pixels of a canvas, RGBA, as a string: to tell whether they changed. */
export async function pixels(page: Page, selector: string): Promise<string> {
  return page.locator(selector).evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
}
