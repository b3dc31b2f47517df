/**
 * The inputs of a run over many pictures: files, folders, lists, tars, Parquet files and file name patterns.
 */

import { expandBraces } from '../../data/streams/brace-pattern.ts';
import type { Container } from '../../data/streams/container.ts';
import { fileContainer } from '../../data/streams/file-container.ts';
import { isContainerName, openContainer } from '../../data/streams/open-containers.ts';
import { givenPictures } from '../given-pictures.ts';

/** Expands patterns, and separates the inputs that hold many pictures from the others. */
export function sortInputs(given: readonly string[]): { many: string[]; others: string[] } {
  const names = given.flatMap(expandBraces);
  return { many: names.filter(isContainerName), others: names.filter((name) => !isContainerName(name)) };
}

/**
 * One container for all pictures and folders; then one for each tar, Parquet file and list, in the order
 * given.
 * @param out the folder of the results, which is not walked
 * @throws when an input cannot be opened
 */
export async function bulkContainers(given: readonly string[], out: string): Promise<Container[]> {
  const { many, others } = sortInputs(given);
  const files = others.length === 0 ? [] : [fileContainer(await givenPictures(others, out))];
  const opened: Container[] = [];
  for (const path of many) opened.push(await openContainer(path));
  return [...files, ...opened];
}
