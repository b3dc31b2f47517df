/** A folder of any pictures, whatever folders lie in it. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../../errors/file-error.ts';
import { type ImageFolder, isFolder, isImageName, list } from './image-folder.ts';

/** Stands where a class's name would. */
const all = 'pictures';

/**
 * All pictures in a folder and the folders in it, sorted by path. Links to folders are followed, each folder
 * once. Hidden entries and files without an image ending are passed over, and counted.
 * @throws `FileError` when the folder or one in it cannot be listed, or there is no picture
 */
export async function openPictures(dir: string): Promise<ImageFolder> {
  const found: string[] = [];
  const seen = new Set<string>();
  let ignored = 0;
  const visit = async (at: string): Promise<void> => {
    const entries = await list(at);
    const real = await realpath(at);
    if (seen.has(real)) return;
    seen.add(real);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(at, entry.name);
      if (entry.name.startsWith('.')) ignored++;
      else if (await isFolder(at, entry)) await visit(path);
      else if (isImageName(entry.name)) found.push(path);
      else ignored++;
    }
  };
  await visit(dir);
  if (found.length === 0) throw new FileError(dir, 'no pictures in it');
  return { dir, classes: [all], samples: found.map((path) => ({ path, label: 0 })), ignored };
}

/**
 * The folder of training images of a data set, `DIR/train/CLASS/*`; undefined where DIR is none. @throws as
 * `openPictures`
 */
export async function trainFolderOf(dir: string): Promise<string | undefined> {
  const entry = (await list(dir)).find(({ name }) => name === 'train');
  if (!entry || !(await isFolder(dir, entry))) return undefined;
  const train = join(dir, entry.name);
  // A folder `train` of pictures may be one of trains.
  for (const inside of await list(train)) {
    if (!inside.name.startsWith('.') && (await isFolder(train, inside))) return train;
  }
  return undefined;
}
