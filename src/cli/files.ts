/** Reads and writes files, with errors that name the file and the reason. */
import { createHash } from 'node:crypto';
import { basename, extname, resolve } from 'node:path';
import { removeEmpty } from '../data/dataset/stage-folder.ts';
import { makeWithParents } from '../data/files/make-with-parents.ts';
import { cannotWrite } from '../data/files/write-file.ts';
import { nfc } from '../text/nfc.ts';

/**
 * Makes a folder and its missing parents.
 * @returns the topmost folder that was made; undefined if it existed
 * @throws when it cannot be made
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await makeWithParents(path);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * Makes a folder and its parents, and then does work that writes to it, so that an unwritable folder fails at
 * once. If the work fails, the new folders are removed unless they contain files.
 */
export async function inFolder<T>(path: string, work: () => Promise<T>): Promise<T> {
  const made = await makeFolder(path);
  try {
    return await work();
  } catch (error) {
    if (made !== undefined) await removeEmpty(resolve(path), resolve(made)).catch(() => {});
    throw error;
  }
}

/** A file's name without folder and extension. */
export function stem(path: string): string {
  return basename(path, extname(path));
}

/**
 * Bytes of the picture's name in the names of results: class, kind and extension follow, and file systems
 * allow 255.
 */
const mostBytes = 160;

/**
 * The prefix of the names of a file's results: its stem. A long stem is cut and ends in a digest of the
 * whole.
 */
export function resultStem(path: string): string {
  const whole = stem(path);
  return Buffer.byteLength(whole) <= mostBytes ? whole : shortened(whole, mostBytes);
}

/**
 * A name of at most `bytes` bytes of UTF-8, distinct for each name: its beginning, `~`, and a digest of it.
 */
export function shortened(name: string, bytes: number): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 10);
  const start = Buffer.from(name).subarray(0, bytes - digest.length - 1);
  // A truncated character decodes to U+FFFD.
  return `${start.toString().replace(/\ufffd+$/, '')}~${digest}`;
}

/**
 * A distinct name for each file's results: its stem (`resultStem`), with a number where two files share one.
 * Names that differ only by case or Unicode normalisation count as equal, as on some file systems.
 */
export function resultNames(paths: readonly string[]): string[] {
  const used = new Set<string>();
  /** The next number to try. */
  const numbers = new Map<string, number>();
  const key = (name: string): string => nfc(name).toLowerCase();
  return paths.map((path) => {
    const first = resultStem(path);
    let name = first;
    let next = numbers.get(key(first)) ?? 2;
    for (; used.has(key(name)); next++) name = `${first}-${next}`;
    numbers.set(key(first), next);
    used.add(key(name));
    return name;
  });
}
