/** The pictures given to a command: files, and folders of them. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { noPictures, walkPictures } from '../data/dataset/walk-pictures.ts';
import { printable } from '../text/printable.ts';
import { sayFolder } from './left-out-text.ts';

/**
 * The given files, and all pictures in the given folders and their subfolders, sorted. Prints on the error
 * stream which files of a folder are left out.
 * @param out the folder of the results, which is not walked
 * @throws when a folder cannot be listed, has no picture, or is the folder of the results
 */
export async function givenPictures(given: readonly string[], out: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of given) {
    const isFolder = await stat(path).then(
      (what) => what.isDirectory(),
      () => false,
    );
    if (isFolder) found.push(...(await picturesIn(path, out)));
    else found.push(path);
  }
  return found;
}

async function picturesIn(dir: string, out: string): Promise<string[]> {
  if (resolve(dir) === resolve(out)) {
    throw new Error(
      `${dir}: the results would be written among the pictures, and be explained the next time; choose another --out`,
    );
  }
  const isOut = (path: string): boolean => {
    const found = resolve(path) === resolve(out);
    if (found) console.error(printable(`${path}: skipped, because it is the folder of the results`));
    return found;
  };
  const { pictures, leftOut } = await walkPictures(dir, isOut);
  if (pictures.length === 0) throw noPictures(dir, 'no pictures in it', leftOut);
  sayFolder({ dir, leftOut });
  return pictures.map((path) => join(dir, path));
}
