/**
 * Image folders: `data_dir/{train,val,test}/CLASS/*.jpg`, one folder per class. A class's index is its
 * folder's position in sorted order.
 */
import { basename, join, sep } from 'node:path';
import { FileError, reasonOf } from '../../errors/file-error.ts';
import { nfc } from '../../text/nfc.ts';
import { mapAhead } from '../threads/map-ahead.ts';
import { caseTwins, sameButCase } from './case-twins.ts';
import { type FolderEntry, listFolder } from './folder-entries.ts';
import { isHidden, isPictureName, pictureEndings } from './picture-name.ts';
import {
  filesAhead,
  type LeftOut,
  leadsUp,
  lookAt,
  noPictures,
  upward,
  walkPictures,
} from './walk-pictures.ts';

/** One labelled image file. */
export interface Sample {
  /** The split's folder as given, the class folder and the path inside it, joined. */
  readonly path: string;
  /** Class index, 0 .. classes - 1. */
  readonly label: number;
}

/** One split: the content of `data_dir/train`, `data_dir/val` or `data_dir/test`. */
export interface ImageFolder {
  readonly dir: string;
  /**
   * Class names (folder names in Unicode form NFC), sorted by code unit. A class's index is its position
   * here.
   */
  readonly classes: readonly string[];
  /** Sorted by class, then by the path in the class folder. */
  readonly samples: readonly Sample[];
  /** Files and folders that are not read, relative to `dir`; absent if unknown. */
  readonly leftOut?: readonly LeftOut[];
  /** Folders without a picture, which are not classes. Default: none. */
  readonly empty?: readonly string[];
  /** Groups of class folders whose names differ only in letter case. Default: none. */
  readonly alike?: readonly (readonly string[])[];
}

/** A data set. All splits have the same class indices. */
export interface Dataset {
  readonly dir: string;
  readonly classes: readonly string[];
  readonly train: ImageFolder;
  /** Absent without a folder in `validationNames`. Some classes may have no validation image. */
  readonly val?: ImageFolder;
  /** Absent without a folder `test`. Some classes may have no test image. */
  readonly test?: ImageFolder;
}

/** The splits that a data set may have. */
export type SplitName = (typeof splitNames)[number];

/** Folder names of the splits. Validation images have further names. */
export const splitNames = ['train', 'val', 'test'] as const;

/** Names of a folder of validation images. */
const validationNames: readonly string[] = ['val', 'valid', 'validation'];

/** A folder of images of one class. */
export interface ClassFolder {
  /** The folder's name in Unicode form NFC. */
  readonly name: string;
  readonly dir: string;
  /** Paths of the image files inside the folder, at any depth, sorted by code unit; may be empty. */
  readonly files: readonly string[];
}

/** The folders inside a folder, and its other entries. */
interface Folders {
  /** Sorted by class name. */
  readonly folders: readonly Pick<ClassFolder, 'name' | 'dir'>[];
  readonly others: readonly FolderEntry[];
}

/**
 * @throws `FileError` when the folder cannot be listed, or two folders have the same name in different
 * Unicode forms
 */
async function listFolders(dir: string): Promise<Folders> {
  const entries = await listFolder(dir);
  const isClass = ({ name, type }: FolderEntry): boolean => type === 'folder' && !isHidden(name);
  const folders = entries
    .filter(isClass)
    .map((entry) => ({ name: nfc(entry.name), dir: join(dir, entry.name) }));
  folders.sort((a, b) => (a.name < b.name ? -1 : 1));
  const twin = folders.findIndex(({ name }, i) => i > 0 && name === folders[i - 1].name);
  if (twin >= 0) {
    const { name } = folders[twin];
    throw new FileError(
      dir,
      `two folders are called ${name}, one with composed letters (Unicode NFC), one with decomposed ones (NFD); put their files into one`,
    );
  }
  return { folders, others: entries.filter((entry) => !isClass(entry)) };
}

/**
 * Lists the class folders of a folder, sorted by code unit, including empty ones, with their pictures at any
 * depth (`walkPictures`). A class folder that cannot be listed counts as empty and as left out.
 * @returns the class folders, and what is left out
 * @throws when the folder is missing or is a file
 */
async function listClassFolders(
  dir: string,
  { folders, others }: Folders,
): Promise<Pick<SplitFolders, 'classes' | 'leftOut'>> {
  const classes: ClassFolder[] = [];
  const leftOut: LeftOut[] = [];
  for await (const one of mapAhead(others, (entry) => leftBeside(dir, entry), filesAhead)) leftOut.push(one);
  for (const folder of folders) {
    if (await leadsUp(folder.dir)) {
      leftOut.push({ path: folder.name, kind: 'unusable', what: upward });
      continue;
    }
    try {
      const { pictures, leftOut: inside } = await walkPictures(folder.dir);
      classes.push({ ...folder, files: pictures });
      for (const one of inside) leftOut.push({ ...one, path: `${folder.name}/${one.path}` });
    } catch (error) {
      classes.push({ ...folder, files: [] });
      leftOut.push({ path: folder.name, kind: 'unusable', what: reasonOf(error) });
    }
  }
  return { classes, leftOut };
}

/** Classifies an entry beside the class folders. */
async function leftBeside(dir: string, { name, type, what = '' }: FolderEntry): Promise<LeftOut> {
  if (isHidden(name)) return { path: name, kind: 'hidden', what: '' };
  if (type === 'other') return { path: name, kind: 'unusable', what };
  if (isPictureName(name)) return { path: name, kind: 'picture', what: 'beside the class folders' };
  return lookAt(dir, name);
}

/** Options of `scanImageFolder`. */
export interface ScanOptions {
  /** Whether a class folder without a picture is an error (default), or is left out and listed in `empty`. */
  readonly empty?: 'error' | 'leave out';
}

/**
 * Lists the images of one split, `dir/CLASS/*.jpg` and other formats, at any depth inside a class folder. A
 * class's index is its folder's position in sorted order. The files are not opened.
 * @param dir such as `data_dir/train`
 * @throws `FileError` when the folder is missing, is a file, or has no class folders with images; when a
 * class folder has no images, unless these are left out
 * @example
 * ```ts
 * import { scanImageFolder } from 'high-res-mapping/node';
 *
 * const { classes, samples } = await scanImageFolder('scenes/test');
 * console.log(classes); //=> [ 'cross', 'disc', 'ring', 'square', 'star', 'triangle' ]
 * console.log(samples.length, samples.map(({ label }) => label).join('')); //=> 12 001122334455
 * ```
 */
export async function scanImageFolder(
  dir: string,
  { empty = 'error' }: ScanOptions = {},
): Promise<ImageFolder> {
  const { classes: found, leftOut } = await listClassFolders(dir, await listFolders(dir));
  if (found.length === 0) throw noClasses(dir);
  const classes = found.filter(({ files }) => files.length > 0);
  const hollow = found.filter(({ files }) => files.length === 0);
  if (hollow.length > 0 && (empty === 'error' || classes.length === 0)) throw noImages(dir, hollow, leftOut);
  const samples: Sample[] = [];
  for (const [label, { dir: folder, files }] of classes.entries()) {
    // A joined path is one string in memory; `path.join` keeps it in pieces, four times the size.
    for (const file of files) samples.push({ path: [folder, file].join(sep), label });
  }
  return {
    dir,
    classes: classes.map(({ name }) => name),
    samples,
    leftOut,
    empty: hollow.map(({ name }) => name),
    alike: caseTwins(found.map(({ name }) => name)),
  };
}

function noClasses(dir: string): FileError {
  return new FileError(
    dir,
    'no class folders (put the images of each class into a folder with the name of the class)',
  );
}

function noImages(dir: string, folders: readonly ClassFolder[], leftOut: readonly LeftOut[]): FileError {
  const endings = pictureEndings.join(' ');
  const [{ dir: first, name }] = folders;
  if (folders.length === 1) {
    const inside = leftOut.filter(({ path }) => path === name || path.startsWith(`${name}/`));
    return noPictures(first, `no images in this class folder (${endings})`, inside);
  }
  const names = folders.map((folder) => folder.name).join(', ');
  return noPictures(dir, `${folders.length} class folders have no images: ${names} (${endings})`, leftOut);
}

/** The class folders of one split, or of data without splits. */
export interface SplitFolders {
  /** Absent for class folders that are not in a split. */
  readonly split?: SplitName;
  readonly dir: string;
  readonly classes: readonly ClassFolder[];
  /** Relative to `dir`. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Lists the class folders of `dir/train`, `dir/val` (or `valid`, `validation`) and `dir/test`, as far as they
 * exist; without any of these, the class folders of `dir` itself. A folder `train` without folders inside is
 * a class of trains.
 * @throws when the folder is missing, is a file, or has no class folders; when two folders hold validation
 * images
 */
export async function listSplits(dir: string): Promise<SplitFolders[]> {
  const all = await listFolders(dir);
  const splits: SplitFolders[] = [];
  for (const split of splitNames) {
    const names = split === 'val' ? validationNames : [split];
    for (const folder of all.folders.filter(({ name }) => names.includes(name))) {
      const inside = await listFolders(folder.dir);
      if (inside.folders.length === 0) continue;
      splits.push({ split, dir: folder.dir, ...(await listClassFolders(folder.dir, inside)) });
    }
  }
  checkOneValidation(
    dir,
    splits.filter(({ split }) => split === 'val').map((found) => basename(found.dir)),
  );
  if (splits.length > 0) return splits;
  if (all.folders.length > 0) return [{ dir, ...(await listClassFolders(dir, all)) }];
  throw noClasses(dir);
}

/**
 * Opens `dataDir/train` and, if they exist, `dataDir/val` (or `valid`, `validation`) and `dataDir/test`. The
 * classes are those of `train`. The other splits have the same class indices and may lack classes.
 * @throws as `scanImageFolder` does; when `val` or `test` has a class that `train` lacks; when two folders
 * hold validation images
 * @example
 * ```ts
 * import { openDataset } from 'high-res-mapping/node';
 *
 * const { classes, train, val, test } = await openDataset('scenes');
 * console.log(classes.length, train.samples.length, test?.samples.length, val); //=> 6 12 12 undefined
 * console.log(classes[train.samples[0].label]); //=> cross
 * ```
 */
export async function openDataset(dataDir: string): Promise<Dataset> {
  const names = (await listFolder(dataDir)).map((entry) => entry.name);
  for (const split of splitNames) {
    const other = names.find((name) => sameButCase(name, split));
    if (other !== undefined && !names.includes(split)) {
      throw new FileError(
        join(dataDir, other),
        `the folder must be called ${split}, in lower case; rename it`,
      );
    }
  }
  if (!names.includes('train')) {
    throw new FileError(dataDir, 'no folder train (the layout is data_dir/{train,test}/CLASS/*.jpg)');
  }
  const train = await scanImageFolder(join(dataDir, 'train'));
  const { classes } = train;
  const named = validationNames.filter((name) => names.includes(name));
  checkOneValidation(dataDir, named);
  const open = async (name: string): Promise<ImageFolder> =>
    relabel(await scanImageFolder(join(dataDir, name), { empty: 'leave out' }), classes);
  return {
    dir: dataDir,
    classes,
    train,
    ...(named.length > 0 && { val: await open(named[0]) }),
    ...(names.includes('test') && { test: await open('test') }),
  };
}

/** @throws when two folders hold validation images, which is ambiguous */
function checkOneValidation(dir: string, found: readonly string[]): void {
  if (found.length < 2) return;
  throw new FileError(dir, `validation images in ${found.join(' and in ')}; keep only one of these folders`);
}

/**
 * The same samples with another list of classes, such as those of a trained model.
 * @throws when the split has a class that the list lacks
 */
export function relabel(split: ImageFolder, classes: readonly string[]): ImageFolder {
  const indexOf = new Map(classes.map((name, index) => [nfc(name), index]));
  const indices = split.classes.map((name) => {
    const index = indexOf.get(nfc(name));
    if (index !== undefined) return index;
    const twin = classes.find((other) => sameButCase(other, name));
    const hint =
      twin === undefined ? '' : `; ${twin} differs only in letter case: give both folders the same name`;
    throw new FileError(
      join(split.dir, name),
      `the class ${name} is not one of the ${classes.length} training classes${hint}`,
    );
  });
  const samples = split.samples.map(({ path, label }) => ({ path, label: indices[label] }));
  return { ...split, classes, samples };
}
