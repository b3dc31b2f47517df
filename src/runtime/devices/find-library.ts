/** Where Linux's loader finds a shared library: without tools, as `ldconfig` may be missing. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { neededLibraries } from './elf.ts';

export interface LoaderPlaces {
  /** Default: those of `LD_LIBRARY_PATH`. */
  readonly folders?: readonly string[];
  /** The loader's own list of libraries. */
  readonly cache?: string;
  /** Where it looks last. */
  readonly defaults?: readonly string[];
}

/** The file that the loader takes for a name such as `libcudart.so.13`; undefined where it finds none. */
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

/** The cache holds each library's whole path, between bytes that are 0. */
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

/** Like the loader, passes over libraries for other processors, as those for x86 on x86-64. */
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
