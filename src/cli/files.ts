/** Files in and out, with errors that name the file and the reason. */
import { mkdir } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { removeEmpty } from '../data/dataset/stage-folder.ts';
import { cannotWrite } from '../data/files/write-file.ts';

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

/** A name for each file's results: its stem, with a number after it where two files share one. */
export function resultNames(paths: readonly string[]): string[] {
  const used = new Set<string>();
  return paths.map((path) => {
    let name = stem(path);
    for (let i = 2; used.has(name); i++) name = `${stem(path)}-${i}`;
    used.add(name);
    return name;
  });
}
