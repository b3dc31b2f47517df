/** Image folders: `data_dir/{train,test}/CLASS/*.jpg`, one folder per class, its place in sorted order the class index. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** One labelled image file. */
export interface Sample {
  /** The folder's path as it was given, the class and the file name, joined. */
  readonly path: string;
  /** Class index, 0 .. classes - 1. */
  readonly label: number;
}

/** One split: what lies in `data_dir/train` or `data_dir/test`. */
export interface ImageFolder {
  readonly dir: string;
  /** Class names (folder names), sorted by code unit; a class's index is its place here. */
  readonly classes: readonly string[];
  /** Sorted by class, then by file name. */
  readonly samples: readonly Sample[];
  /** Number of entries passed over: hidden ones, files without an image ending, folders inside class folders. */
  readonly ignored: number;
}

/** A data set: its splits, labelled by the same class indices. */
export interface Dataset {
  readonly dir: string;
  readonly classes: readonly string[];
  readonly train: ImageFolder;
  /** Absent where there is no folder `test`. Its classes are those of `train`, of which some may have no test image. */
  readonly test?: ImageFolder;
}

/** The endings that count as images, in any case. */
export const imageEndings: readonly string[] = [
  '.jpg',
  '.jpeg',
  '.png',
  '.webp',
  '.bmp',
  '.tif',
  '.tiff',
  '.gif',
];

const ending = new RegExp(`\\.(${imageEndings.map((e) => e.slice(1)).join('|')})$`, 'i');

/** Whether a file name is that of an image: it has one of `imageEndings`, in any case, and is not hidden. */
export function isImageName(name: string): boolean {
  return !name.startsWith('.') && ending.test(name);
}

/**
 * Lists the images of one split. Looks one level deep (`dir/CLASS/FILE`) and opens no file; symbolic links are followed.
 * @param dir such as `data_dir/train`.
 * @throws when the folder is missing, is a file, has no class folders, or a class folder has no images.
 */
export async function scanImageFolder(dir: string): Promise<ImageFolder> {
  const entries = await list(dir);
  const classes: string[] = [];
  let ignored = 0;
  for (const entry of entries) {
    if (!entry.name.startsWith('.') && (await isFolder(dir, entry))) classes.push(entry.name);
    else ignored++;
  }
  if (classes.length === 0) {
    throw new Error(`${dir}: no class folders (the images of a class lie in a folder of its name)`);
  }
  classes.sort();
  const samples: Sample[] = [];
  for (const [label, name] of classes.entries()) {
    const folder = join(dir, name);
    const files = await list(folder);
    const images = files.filter((file) => !file.isDirectory() && isImageName(file.name));
    if (images.length === 0) {
      throw new Error(`${folder}: no images in this class folder (${imageEndings.join(' ')})`);
    }
    ignored += files.length - images.length;
    for (const file of images.map((image) => image.name).sort()) {
      // Joined so, a path is one string in memory; `path.join` leaves it in pieces, four times the size.
      samples.push({ path: [folder, file].join(sep), label });
    }
  }
  return { dir, classes, samples, ignored };
}

/**
 * Opens `dataDir/train` and, where there is one, `dataDir/test`. The classes are those of `train`;
 * `test` is labelled by the same indices and need not hold every class.
 * @throws as `scanImageFolder` does, and when `test` has a class that `train` has not.
 */
export async function openDataset(dataDir: string): Promise<Dataset> {
  const names = (await list(dataDir)).map((entry) => entry.name);
  if (!names.includes('train')) {
    throw new Error(`${dataDir}: no folder train (the layout is data_dir/{train,test}/CLASS/*.jpg)`);
  }
  const train = await scanImageFolder(join(dataDir, 'train'));
  const { classes } = train;
  if (!names.includes('test')) return { dir: dataDir, classes, train };
  return {
    dir: dataDir,
    classes,
    train,
    test: relabel(await scanImageFolder(join(dataDir, 'test')), classes),
  };
}

/**
 * The same samples under another list of classes, such as those a model was trained on.
 * @throws when the split has a class that the list has not.
 */
export function relabel(split: ImageFolder, classes: readonly string[]): ImageFolder {
  const indexOf = new Map(classes.map((name, index) => [name, index]));
  const indices = split.classes.map((name) => {
    const index = indexOf.get(name);
    if (index === undefined) {
      throw new Error(
        `${join(split.dir, name)}: the class ${name} is none of the ${classes.length} trained on`,
      );
    }
    return index;
  });
  const samples = split.samples.map(({ path, label }) => ({ path, label: indices[label] }));
  return { ...split, classes, samples };
}

async function list(dir: string): Promise<Dirent[]> {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new Error(`${dir}: no such folder`);
    if (code === 'ENOTDIR') throw new Error(`${dir}: not a folder`);
    throw new Error(`${dir}: cannot list the folder (${code ?? message})`);
  }
}

async function isFolder(dir: string, entry: Dirent): Promise<boolean> {
  if (entry.isDirectory() || entry.isFile()) return entry.isDirectory();
  // A link, or a file system that does not say: only then is the file itself looked at. A dangling or circular link is none.
  return stat(join(dir, entry.name)).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
