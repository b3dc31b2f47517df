/** Labelled pictures in tars, Parquet files or lists: which classes there are, and which of a model's they stand for. */

import type { LabelledSplit } from '../data/dataset/class-links.ts';
import { nameNumbered } from '../data/dataset/class-names.ts';
import { openContainers } from '../data/streams/open-containers.ts';
import { pictureStream, type Streamed } from '../data/streams/picture-stream.ts';
import { FileError } from '../errors/file-error.ts';
import { printable } from '../text/printable.ts';
import { labelledSplit } from './folder-classes.ts';

export interface LabelledStream extends Omit<LabelledSplit, 'split'> {
  /** Pictures, readable or not. */
  readonly count: number;
  /** The index, among `names`, of a class that the data says. */
  readonly labelOf: (label: string) => number | undefined;
  read(): AsyncGenerator<Streamed, void, undefined>;
}

/**
 * Reads a stream once for its classes, which are linked to the model's as folders are. Where all are numbers, and none the name of a class,
 * they are the indices of the model's classes; that is said on the error stream.
 * @throws `FileError` when it cannot be read, or says no class; and as `labelledSplit`
 */
export async function labelledStream(
  given: string,
  classes: readonly string[],
  mapFile: string | undefined,
): Promise<LabelledStream> {
  const stream = pictureStream(await openContainers(given), { index: 0, count: 1 });
  const said = new Set<string>();
  let count = 0;
  for await (const { picture } of stream.read({
    onNote: (note) => console.error(printable(`warning: ${note}`)),
  })) {
    count++;
    if (picture.label !== undefined) said.add(picture.label);
  }
  if (said.size === 0) throw new FileError(given, `of none of its ${count} pictures a class is said`);
  const read = (): AsyncGenerator<Streamed, void, undefined> => stream.read();
  const labels = [...said].sort();
  const isIndex = (label: string): boolean => /^\d+$/.test(label) && Number(label) < classes.length;
  if (mapFile === undefined && labels.every((label) => isIndex(label) && !classes.includes(label))) {
    const [first] = labels;
    console.error(
      printable(`classes are taken for indices of the model's: ${first} is ${classes[Number(first)]}`),
    );
    return { names: classes, count, labelOf: Number, read };
  }
  // As if each class were a folder with one picture of its name.
  const folder = { dir: given, classes: labels, samples: labels.map((path, label) => ({ path, label })) };
  const named = mapFile === undefined ? nameNumbered(classes, labels) : classes;
  const { split, names, groups } = await labelledSplit(folder, named, mapFile);
  const indices = new Map(split.samples.map(({ path, label }) => [path, label]));
  return { names, groups, count, labelOf: (label) => indices.get(label), read };
}
