/** Opens a folder of arbitrary pictures with any folder structure. */
import { join, sep } from 'node:path';
import { listFolder } from './folder-entries.ts';
import type { ImageFolder } from './image-folder.ts';
import { isHidden } from './picture-name.ts';
import { noPictures, walkPictures } from './walk-pictures.ts';

/** The only class name. */
const all = 'pictures';

/**
 * All pictures in a folder and its subfolders, as `walkPictures` finds them, in one class.
 * @throws `FileError` when the folder cannot be listed, or has no picture
 */
export async function openPictures(dir: string): Promise<ImageFolder> {
  const { pictures, leftOut } = await walkPictures(dir);
  if (pictures.length === 0) throw noPictures(dir, 'no pictures in it', leftOut);
  const samples = pictures.map((path) => ({ path: [dir, path].join(sep), label: 0 }));
  return { dir, classes: [all], samples, leftOut };
}

/**
 * The training folder of a data set, `DIR/train/CLASS/*`; undefined when `dir` is not a data set.
 * @throws as `openPictures`
 */
export async function trainFolderOf(dir: string): Promise<string | undefined> {
  const entry = (await listFolder(dir)).find(({ name }) => name === 'train');
  if (entry?.type !== 'folder') return undefined;
  const train = join(dir, entry.name);
  // A folder `train` that holds only pictures may be a class of trains.
  const inside = await listFolder(train);
  return inside.some(({ name, type }) => type === 'folder' && !isHidden(name)) ? train : undefined;
}
