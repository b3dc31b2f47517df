/** A folder of any pictures, whatever folders lie in it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../../errors/file-error.ts';
import { type ImageFolder, isImageName } from './image-folder.ts';

/** Stands where a class's name would. */
const all = 'pictures';

/**
 * All pictures in a folder and the folders in it, sorted by path; hidden ones and files without an image ending are passed over.
 * @throws `FileError` when the folder is missing, is a file, or has no picture
 */
export async function openPictures(dir: string): Promise<ImageFolder> {
  const found: string[] = [];
  let ignored = 0;
  const visit = async (at: string): Promise<void> => {
    const entries = await readdir(at, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(at, entry.name);
      if (entry.name.startsWith('.')) ignored++;
      else if (entry.isDirectory()) await visit(path);
      else if (isImageName(entry.name)) found.push(path);
      else ignored++;
    }
  };
  try {
    await visit(dir);
  } catch (error) {
    throw FileError.from(dir, error);
  }
  if (found.length === 0) throw new FileError(dir, 'no pictures in it');
  return { dir, classes: [all], samples: found.map((path) => ({ path, label: 0 })), ignored };
}
