/** Files in and out, with errors that name the file and the reason. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { removeEmpty } from '../data/dataset/stage-folder.ts';
import { cannotWrite } from '../data/files/write-file.ts';
import { nfc } from '../text/nfc.ts';

/** Makes a folder and those above it. @returns the topmost of those that were not there. @throws when it cannot be made. */
export async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * Does work that writes to a folder, which is made before, with those above it: a folder that cannot be written is known
 * at once. Work that fails leaves none of the folders made, unless it wrote something there.
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

/** A file's name without folder and ending. */
export function stem(path: string): string {
  return basename(path, extname(path));
}

/** Names of results begin with at most so many bytes of the picture's: class, kind and ending follow, and file systems take 255. */
const mostBytes = 160;

/** A file's stem, as the names of its results begin: of a long one the beginning and a digest of the whole. */
export function resultStem(path: string): string {
  const whole = stem(path);
  return Buffer.byteLength(whole) <= mostBytes ? whole : shortened(whole, mostBytes);
}

/** A name in at most so many bytes of UTF-8, another for every other name: its beginning, `~`, and a digest of it. */
export function shortened(name: string, bytes: number): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 10);
  const start = Buffer.from(name).subarray(0, bytes - digest.length - 1);
  // A letter that was cut in two comes as this character.
  return `${start.toString().replace(/\ufffd+$/, '')}~${digest}`;
}

/**
 * A name for each file's results: its stem (`resultStem`), with a number after it where two files share one. Names that differ by
 * letter case or Unicode's form alone count as one: on some file systems they are.
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
