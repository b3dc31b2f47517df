/** Labelled pictures in tars, Parquet files or lists: their classes, matched with the model's. */

import type { LabelledSplit } from '../data/dataset/class-links.ts';
import { nameNumbered } from '../data/dataset/class-names.ts';
import type { StreamedPicture } from '../data/streams/container.ts';
import { openContainers } from '../data/streams/open-containers.ts';
import { type PictureStream, pictureStream } from '../data/streams/picture-stream.ts';
import { FileError } from '../errors/file-error.ts';
import { printable } from '../text/printable.ts';
import { labelledSplit } from './folder-classes.ts';

/** Collects the classes of a stream's pictures. */
export class SaidClasses {
  readonly #labels: Set<string> = new Set();
  #count = 0;
  #silent = 0;

  add({ label }: StreamedPicture): void {
    this.#count++;
    if (label === undefined) this.#silent++;
    else this.#labels.add(label);
  }

  /** Number of pictures, readable or not. */
  get count(): number {
    return this.#count;
  }

  /** Whether every picture has a class. */
  get complete(): boolean {
    return this.#silent === 0;
  }

  /** The labels, sorted by code unit. */
  get labels(): string[] {
    return [...this.#labels].sort();
  }
}

/** The labels of a stream, matched with the model's classes. */
export interface StreamLabels extends Omit<LabelledSplit, 'split'> {
  /** The index among `names` of a class of the stream. */
  readonly labelOf: (label: string) => number | undefined;
}

export interface LabelledStream extends StreamLabels {
  /** Number of pictures, readable or not. */
  readonly count: number;
  readonly stream: PictureStream;
}

/**
 * Opens the stream given to a command in place of a folder.
 * @throws `FileError` when one of its files cannot be opened
 */
export async function openGiven(given: string): Promise<PictureStream> {
  return pictureStream(await openContainers(given), { index: 0, count: 1 });
}

/** Prints on the error stream which of a stream's files are unusual, or not read. */
export function sayNote(note: string): void {
  console.error(printable(`warning: ${note}`));
}

/**
 * Reads a stream once for its classes, and matches them with the model's.
 * @throws `FileError` when it cannot be read; and as `linkedLabels`
 */
export async function labelledStream(
  given: string,
  classes: readonly string[],
  mapFile: string | undefined,
): Promise<LabelledStream> {
  const stream = await openGiven(given);
  const said = new SaidClasses();
  for await (const { picture } of stream.read({ onNote: sayNote })) said.add(picture);
  return { ...(await linkedLabels(given, said, classes, mapFile)), count: said.count, stream };
}

/**
 * Matches a stream's classes with the model's, as for folders. If all labels are numbers, and none is a class
 * name, they are class indices; this is printed on the error stream.
 * @param remedy a further remedy that errors mention
 * @throws `FileError` when no picture has a class; and as `labelledSplit`
 */
export async function linkedLabels(
  given: string,
  { labels, count }: SaidClasses,
  classes: readonly string[],
  mapFile: string | undefined,
  remedy = '',
): Promise<StreamLabels> {
  if (labels.length === 0) {
    throw new FileError(given, `none of its ${count} pictures has a class; add classes${remedy}`);
  }
  const isIndex = (label: string): boolean => /^\d+$/.test(label) && Number(label) < classes.length;
  if (mapFile === undefined && labels.every((label) => isIndex(label) && !classes.includes(label))) {
    const [first] = labels;
    console.error(
      printable(
        `the classes are read as indices of the model's classes: ${first} is ${classes[Number(first)]}`,
      ),
    );
    return { names: classes, labelOf: Number };
  }
  // Treat each class as a folder with one picture of its name.
  const folder = { dir: given, classes: labels, samples: labels.map((path, label) => ({ path, label })) };
  const named = mapFile === undefined ? nameNumbered(classes, labels) : classes;
  const { split, names, groups } = await labelledSplit(folder, named, mapFile, remedy);
  const indices = new Map(split.samples.map(({ path, label }) => [path, label]));
  return { names, groups, labelOf: (label) => indices.get(label) };
}
