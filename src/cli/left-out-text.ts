/** Describes the files of a data set's folders that are not used. */
import { groupBy } from '../data/dataset/group-by.ts';
import type { ImageFolder } from '../data/dataset/image-folder.ts';
import type { LeftOut } from '../data/dataset/walk-pictures.ts';
import { printable } from '../text/printable.ts';

/** Names given; the rest is counted. */
const shown = 3;

/** What a folder contains besides its images. */
export type Listed = Pick<ImageFolder, 'dir' | 'leftOut' | 'empty' | 'alike'>;

/** Lines about a folder. */
export interface FolderLines {
  /** Files that probably should have been used, or are used in an unexpected way. */
  readonly warnings: readonly string[];
  /** Files that are left out as expected. */
  readonly notes: readonly string[];
}

/**
 * Lines about a folder of images: files left out, empty class folders, and class names that are nearly the
 * same.
 */
export function folderLines({ dir, leftOut = [], empty = [], alike = [] }: Listed): FolderLines {
  const of = (wanted: LeftOut['kind']): LeftOut[] => leftOut.filter(({ kind }) => kind === wanted);
  const pictures = of('picture');
  const others = of('other');
  const warnings = [
    ...(pictures.length > 0
      ? [
          `left out, although pictures by extension or content: ${tally(pictures)} (${few(paths(pictures))}); convert, rename or move them`,
        ]
      : []),
    ...[...groupBy(of('unusable'), ({ what }) => what)].map(
      ([what, some]) => `left out: ${few(paths(some))} (${printable(what)})`,
    ),
    ...(empty.length > 0 ? [`class folders without a picture: ${few(empty)}`] : []),
    ...alike.map(
      (names) =>
        `the class folders ${names.map(printable).join(' and ')} differ only by letter case, and count as ${names.length} classes; if they are one class, put their files into one folder`,
    ),
  ];
  const notes = others.length > 0 ? [`left out, not pictures: ${tally(others)}`] : [];
  const named = (line: string): string => `${printable(dir)}: ${line}`;
  return { warnings: warnings.map(named), notes: notes.map(named) };
}

/** Prints `folderLines` on the error stream. */
export function sayFolder(folder: Listed): void {
  const { warnings, notes } = folderLines(folder);
  for (const line of warnings) console.error(`warning: ${line}`);
  for (const line of notes) console.error(line);
}

function paths(files: readonly LeftOut[]): string[] {
  return files.map(({ path }) => path);
}

/** Counts by extension: `12 .txt, 1 without an ending`. */
export function tally(files: readonly LeftOut[]): string {
  return [...groupBy(files, ({ what }) => what)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([what, some]) => `${some.length} ${printable(what)}`)
    .join(', ');
}

/** `a, b, c and 4 more` */
function few(names: readonly string[]): string {
  const rest = names.length - shown;
  return names.slice(0, shown).map(printable).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
