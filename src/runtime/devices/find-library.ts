/** Finds shared libraries as Linux's loader does, without tools, since `ldconfig` may be missing. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { neededLibraries } from './elf.ts';

export interface LoaderPlaces {
  /** Default: those of `LD_LIBRARY_PATH`. */
  readonly folders?: readonly string[];
  /** The loader's cache file. */
  readonly cache?: string;
  /** Folders that are searched last. */
  readonly defaults?: readonly string[];
}

/** The file that the loader uses for a name such as `libcudart.so.13`; undefined if there is none. */
export function findLibrary(
  name: string,
  {
    folders = (process.env.LD_LIBRARY_PATH ?? '').split(/[:;]/).filter((folder) => folder !== ''),
    cache = '/etc/ld.so.cache',
    defaults = ['/lib64', '/usr/lib64', '/lib', '/usr/lib'],
  }: LoaderPlaces = {},
): string | undefined {
  const inFolders = (list: readonly string[]): string[] => list.map((folder) => join(folder, name));
  return [...inFolders(folders), ...inCache(name, cache), ...inFolders(defaults)].find(fits);
}

/** The cache contains each library's full path, terminated by 0. */
function inCache(name: string, cache: string): string[] {
  if (!existsSync(cache)) return [];
  const text = readFileSync(cache, 'latin1');
  const paths: string[] = [];
  const wanted = `/${name}\0`;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    paths.push(text.slice(text.lastIndexOf('\0', at) + 1, at + wanted.length - 1));
  }
  return paths;
}

/** Whether a library is for this processor; the loader skips others, such as those for x86 on x86-64. */
function fits(path: string): boolean {
  if (!existsSync(path)) return false;
  if (process.arch !== 'x64') return true;
  try {
    neededLibraries(path);
    return true;
  } catch {
    return false;
  }
}
