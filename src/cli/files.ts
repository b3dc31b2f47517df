/** Files in and out, with errors that name the file and the reason. */
import { mkdir } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { cannotWrite } from '../data/write-file.ts';

/** Makes a folder and those above it. @throws when it cannot be made. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw cannotWrite(path, error);
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
