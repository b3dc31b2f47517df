/** Image folders: `data_dir/{train,val,test}/CLASS/*.jpg`, one folder per class, its place in sorted order the class index. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { FileError } from '../../errors/file-error.ts';

/** One labelled image file. */
export interface Sample {
  /** The folder's path as it was given, the class and the file name, joined. */
  readonly path: string;
  /** Class index, 0 .. classes - 1. */
  readonly label: number;
}

/** One split: what lies in `data_dir/train`, `data_dir/val` or `data_dir/test`. */
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
  /** Absent where there is no folder of `validationNames`. As for `test`, some classes may have no image. */
  readonly val?: ImageFolder;
  /** Absent where there is no folder `test`. Its classes are those of `train`, of which some may have no test image. */
  readonly test?: ImageFolder;
}

/** The splits that a data set may have. */
export type SplitName = (typeof splitNames)[number];

export const splitNames = ['train', 'val', 'test'] as const;

/** What a folder of validation images may be called. */
const validationNames: readonly string[] = ['val', 'valid', 'validation'];

/** The endings that count as images, in any case. */
const imageEndings: readonly string[] = ['.jpg', '.jpeg', '.png', '.webp', '.bmp', '.tif', '.tiff', '.gif'];

const ending = new RegExp(`\\.(${imageEndings.map((e) => e.slice(1)).join('|')})$`, 'i');

/** Whether a file name is that of an image: it has one of `imageEndings`, in any case, and is not hidden. */
export function isImageName(name: string): boolean {
  return !name.startsWith('.') && ending.test(name);
}

/** A folder of images of one class. */
export interface ClassFolder {
  /** The folder's name. */
  readonly name: string;
  readonly dir: string;
  /** Names of the image files, sorted by code unit; there may be none. */
  readonly files: readonly string[];
  /** Number of entries passed over: hidden ones, files without an image ending, folders. */
  readonly ignored: number;
}

/**
 * Lists the class folders of a folder, sorted by code unit, empty ones too. Looks one level deep (`dir/CLASS/FILE`) and opens no
 * file; symbolic links are followed.
 * @returns them, and the number of other entries beside them.
 * @throws when the folder is missing or is a file.
 */
async function listClassFolders(dir: string): Promise<{ classes: ClassFolder[]; ignored: number }> {
  const names: string[] = [];
  let ignored = 0;
  for (const entry of await list(dir)) {
    if (!entry.name.startsWith('.') && (await isFolder(dir, entry))) names.push(entry.name);
    else ignored++;
  }
  const classes: ClassFolder[] = [];
  for (const name of names.sort()) {
    const folder = join(dir, name);
    const entries = await list(folder);
    const images = entries.filter((entry) => !entry.isDirectory() && isImageName(entry.name));
    const files = images.map((image) => image.name).sort();
    classes.push({ name, dir: folder, files, ignored: entries.length - files.length });
  }
  return { classes, ignored };
}

/**
 * Lists the images of one split, as `listClassFolders` finds them.
 * @param dir such as `data_dir/train`.
 * @throws when the folder is missing, is a file, has no class folders, or a class folder has no images.
 */
export async function scanImageFolder(dir: string): Promise<ImageFolder> {
  const { classes, ignored } = await listClassFolders(dir);
  if (classes.length === 0) {
    throw new FileError(dir, 'no class folders (the images of a class lie in a folder of its name)');
  }
  const samples: Sample[] = [];
  for (const [label, { dir: folder, files }] of classes.entries()) {
    if (files.length === 0) {
      throw new FileError(folder, `no images in this class folder (${imageEndings.join(' ')})`);
    }
    // Joined so, a path is one string in memory; `path.join` leaves it in pieces, four times the size.
    for (const file of files) samples.push({ path: [folder, file].join(sep), label });
  }
  return {
    dir,
    classes: classes.map(({ name }) => name),
    samples,
    ignored: classes.reduce((sum, folder) => sum + folder.ignored, ignored),
  };
}

/** The class folders of a split, or of data that is not split. */
export interface SplitFolders {
  /** Absent: class folders alone, not split. */
  readonly split?: SplitName;
  readonly dir: string;
  readonly classes: readonly ClassFolder[];
  readonly ignored: number;
}

/**
 * Lists what a folder of data holds: the class folders of `dir/train`, `dir/val` (or `valid`, `validation`) and `dir/test`,
 * whichever there are, or, where there is none, those of `dir` itself. A folder `train` that holds no folder is a class, of trains.
 * @throws when the folder is missing, is a file, or has no class folders; when two hold validation images.
 */
export async function listSplits(dir: string): Promise<SplitFolders[]> {
  const all = await listClassFolders(dir);
  const splits: SplitFolders[] = [];
  for (const split of splitNames) {
    const names = split === 'val' ? validationNames : [split];
    for (const folder of all.classes.filter(({ name }) => names.includes(name))) {
      const inside = await listClassFolders(folder.dir);
      if (inside.classes.length > 0) splits.push({ split, dir: folder.dir, ...inside });
    }
  }
  checkOneValidation(
    dir,
    splits.filter(({ split }) => split === 'val').map((found) => basename(found.dir)),
  );
  if (splits.length > 0) return splits;
  if (all.classes.length > 0) return [{ dir, ...all }];
  throw new FileError(dir, 'no class folders (the images of a class lie in a folder of its name)');
}

/**
 * Opens `dataDir/train` and, where they are there, `dataDir/val` (or `valid`, `validation`) and `dataDir/test`. The classes are those
 * of `train`; the others are labelled by the same indices and need not hold every class.
 * @throws as `scanImageFolder` does; when `val` or `test` has a class that `train` has not; when two folders hold validation images.
 */
export async function openDataset(dataDir: string): Promise<Dataset> {
  const names = (await list(dataDir)).map((entry) => entry.name);
  if (!names.includes('train')) {
    throw new FileError(dataDir, 'no folder train (the layout is data_dir/{train,test}/CLASS/*.jpg)');
  }
  const train = await scanImageFolder(join(dataDir, 'train'));
  const { classes } = train;
  const named = validationNames.filter((name) => names.includes(name));
  checkOneValidation(dataDir, named);
  const open = async (name: string): Promise<ImageFolder> =>
    relabel(await scanImageFolder(join(dataDir, name)), classes);
  return {
    dir: dataDir,
    classes,
    train,
    ...(named.length > 0 && { val: await open(named[0]) }),
    ...(names.includes('test') && { test: await open('test') }),
  };
}

/** @throws when validation images lie in two folders: which of them is meant cannot be told */
function checkOneValidation(dir: string, found: readonly string[]): void {
  if (found.length < 2) return;
  throw new FileError(dir, `validation images in ${found.join(' and in ')}; one folder of them is needed`);
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
      throw new FileError(
        join(split.dir, name),
        `the class ${name} is none of the ${classes.length} trained on`,
      );
    }
    return index;
  });
  const samples = split.samples.map(({ path, label }) => ({ path, label: indices[label] }));
  return { ...split, classes, samples };
}

/** The entries of a folder. @throws `FileError` when it cannot be listed */
export async function list(dir: string): Promise<Dirent[]> {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new FileError(dir, 'no such folder');
    if (code === 'ENOTDIR') throw new FileError(dir, 'not a folder');
    throw new FileError(dir, `cannot list the folder (${code ?? message})`);
  }
}

/** Whether an entry of a folder is one, or a link to one. */
export async function isFolder(dir: string, entry: Dirent): Promise<boolean> {
  if (entry.isDirectory() || entry.isFile()) return entry.isDirectory();
  // A link, or a file system that does not say: only then is the file itself looked at. A dangling or circular link is none.
  return stat(join(dir, entry.name)).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
