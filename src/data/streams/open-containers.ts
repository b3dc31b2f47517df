/** Opens containers by file name. */
import { expandBraces } from './brace-pattern.ts';
import type { Container } from './container.ts';
import { listContainer } from './list-container.ts';
import { parquetContainer } from './parquet-container.ts';
import { tarContainer } from './tar-container.ts';

/** Whether a name has the extension of a tar, a Parquet file or a list (`.txt`, `.tsv`, `.lst`). */
export function isContainerName(name: string): boolean {
  return /\.(tar|tar\.gz|tgz|parquet|txt|tsv|lst)$/i.test(name);
}

/** Opens one container. @throws `FileError` when it cannot be opened */
export function openContainer(path: string): Promise<Container> {
  if (/\.parquet$/i.test(path)) return parquetContainer(path);
  return /\.(txt|tsv|lst)$/i.test(path) ? listContainer(path) : tarContainer(path);
}

/**
 * Opens all files of a name or brace pattern, in the pattern's order.
 * @throws `FileError` when one cannot be opened
 */
export async function openContainers(given: string): Promise<Container[]> {
  const opened: Container[] = [];
  for (const path of expandBraces(given)) opened.push(await openContainer(path));
  return opened;
}

/** Whether a data argument is a tar, a Parquet file, a list, or a pattern of these, rather than a folder. */
export function isStream(given: string): boolean {
  return expandBraces(given).every(isContainerName);
}
