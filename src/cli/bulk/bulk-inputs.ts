/** What a run over many pictures is given: files, folders, lists, tars, Parquet files, and patterns of their names. */

import { expandBraces } from '../../data/streams/brace-pattern.ts';
import type { Container } from '../../data/streams/container.ts';
import { fileContainer } from '../../data/streams/file-container.ts';
import { isContainerName, openContainer } from '../../data/streams/open-containers.ts';
import { givenPictures } from '../given-pictures.ts';

/** The names that were given, patterns expanded: those that hold many pictures, and the others. */
export function sortInputs(given: readonly string[]): { many: string[]; others: string[] } {
  const names = given.flatMap(expandBraces);
  return { many: names.filter(isContainerName), others: names.filter((name) => !isContainerName(name)) };
}

/**
 * Pictures and folders together, then each tar, Parquet file and list, as given.
 * @param out the folder of the results, which is not walked
 * @throws when one of them cannot be opened
 */
export async function bulkContainers(given: readonly string[], out: string): Promise<Container[]> {
  const { many, others } = sortInputs(given);
  const files = others.length === 0 ? [] : [fileContainer(await givenPictures(others, out))];
  const opened: Container[] = [];
  for (const path of many) opened.push(await openContainer(path));
  return [...files, ...opened];
}
