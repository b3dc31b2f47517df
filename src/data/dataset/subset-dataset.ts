/** Creates a data set from some classes of another, such as the animals of ILSVRC. */
import { basename, join } from 'node:path';
import { FileError } from '../../errors/file-error.ts';
import { nfc } from '../../text/nfc.ts';
import { readBytes } from '../files/read-file.ts';
import { listSplits, type SplitFolders } from './image-folder.ts';
import { type Placed, type PlaceOptions, placeFiles } from './place-files.ts';
import type { LeftOut } from './walk-pictures.ts';

/** Which classes of a data set are kept. */
export interface SubsetOptions extends PlaceOptions {
  /**
   * Path of the list: one line per class that is, or begins with, the folder's name: `n01440764 tench, Tinca
   * tinca`.
   */
  readonly synsets: string;
}

/** Numbers of images and classes of a subset. */
export interface SubsetReport extends Placed {
  /** Classes kept. */
  readonly classes: number;
  readonly images: number;
  /** Lines of the list whose folder is missing or empty. */
  readonly absent: readonly string[];
  /** Number of class folders that are not listed. */
  readonly left: number;
  /** Files and folders of the listed classes that are not placed, relative to `dir`. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Creates `out` from the listed classes of `dir`, with the same layout: `dir/{train,val,test}/CLASS/` or
 * `dir/CLASS/`. `dir` is not changed. Only images are placed, not other content of `dir`, such as masks.
 * @throws when `out` is not empty, lies in `dir` or cannot be written; `FileError` when `dir` or the list is
 * missing, or no listed class exists
 * @example
 * ```ts
 * import { subsetDataset, writeFileWhole } from 'high-res-mapping/node';
 *
 * await writeFileWhole('round.txt', 'disc\nring a circle with a hole\noval\n');
 * const kept = await subsetDataset('scenes', { synsets: 'round.txt', out: 'round' });
 * console.log(kept.classes, kept.images, kept.left); //=> 2 8 4
 * console.log(kept.absent); //=> [ 'oval' ]
 * ```
 */
export async function subsetDataset(
  dir: string,
  { synsets, ...place }: SubsetOptions,
): Promise<SubsetReport> {
  const lines = linesOf(new TextDecoder().decode(await readBytes(synsets)));
  const splits = await listSplits(dir);
  const present = new Set(
    splits.flatMap(({ classes }) => classes.filter(({ files }) => files.length > 0).map(({ name }) => name)),
  );
  const folderOf = (line: string): string | undefined =>
    [line, line.split(/\s/, 1)[0]].map(nfc).find((name) => present.has(name));
  const wanted = new Set(lines.flatMap((line) => folderOf(line) ?? []));
  if (wanted.size === 0) {
    throw new FileError(dir, `it has none of the ${lines.length} classes that ${synsets} lists`);
  }
  const files = splits.flatMap((split) => placements(split, wanted));
  const placed = await placeFiles(dir, files, place);
  return {
    classes: wanted.size,
    images: files.length,
    absent: lines.filter((line) => folderOf(line) === undefined),
    left: present.size - wanted.size,
    leftOut: splits.flatMap((split) => leftOutOf(split, wanted)),
    ...placed,
  };
}

function placements(
  { split, dir: splitDir, classes }: SplitFolders,
  wanted: ReadonlySet<string>,
): { from: string; to: string }[] {
  return classes
    .filter(({ name }) => wanted.has(name))
    .flatMap(({ name, dir, files }) =>
      files.map((file) => ({
        from: join(dir, file),
        to: [...(split ? [basename(splitDir)] : []), name, file].join('/'),
      })),
    );
}

function leftOutOf({ split, dir, leftOut }: SplitFolders, wanted: ReadonlySet<string>): LeftOut[] {
  return leftOut
    .filter(({ path }) => wanted.has(path.split('/', 1)[0]))
    .map((one) => (split ? { ...one, path: `${basename(dir)}/${one.path}` } : one));
}

/** Non-empty lines, each once, in their order. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))];
}
