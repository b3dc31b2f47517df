/** A short digest of a data set's content, which shows whether it has changed. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ImageFolder } from '../../data/dataset/image-folder.ts';
import { contentDigest } from '../../data/files/content-digest.ts';
import { mapAhead } from '../../data/threads/map-ahead.ts';
import { isFolder, type Split } from './split.ts';

/** By class folder, such as `train/cat`. */
export type Fingerprint = Readonly<Record<string, FolderPrint>>;

interface FolderPrint {
  /** Number of its images. */
  readonly images: number;
  /** Digest of their names and sizes in bytes; for a stream, also of their contents. */
  readonly digest: string;
  /**
   * The `contentDigest` of each image, concatenated in the order of names; absent for streams, and in early
   * checkpoints.
   */
  readonly contents?: string;
}

export interface Fingerprinted {
  readonly data: Fingerprint;
  /** `contentDigest` by path, of the files that can be read. */
  readonly contents: ReadonlyMap<string, string>;
}

/** Number of files read concurrently. */
const atOnce = 16;

/** The digest of a file that cannot be read. */
const unreadable = '--------';

/**
 * The fingerprint of splits; a stream has its own. It does not depend on the data's location.
 * @throws the signal's reason, when it arrives
 */
export async function fingerprint(splits: readonly Split[], signal?: AbortSignal): Promise<Fingerprinted> {
  const data: Record<string, FolderPrint> = {};
  const contents = new Map<string, string>();
  for (const split of splits) if (!isFolder(split)) Object.assign(data, split.print);
  for (const { dir, classes, samples } of splits.filter(isFolder)) {
    const folders = classes.map(() => ({ images: 0, hash: createHash('sha256'), contents: '' }));
    let i = 0;
    for await (const { size, content } of mapAhead(samples, ({ path }) => look(path), atOnce)) {
      signal?.throwIfAborted();
      const { path, label } = samples[i++];
      const folder = folders[label];
      folder.images++;
      folder.hash.update(`${basename(path)}\0${size}\0`);
      folder.contents += content ?? unreadable;
      if (content !== undefined) contents.set(path, content);
    }
    for (const [label, { hash, ...folder }] of folders.entries()) {
      if (folder.images === 0) continue; // a class without test images
      const key = `${basename(dir)}/${classes[label]}`;
      data[key] = { ...folder, digest: hash.digest('hex').slice(0, 16) };
    }
  }
  return { data, contents };
}

/** Number of changed images of a folder that are named. */
const named = 3;

/**
 * Describes the changes, one phrase for each class folder or image: `train/cat has 11 images, had 12`.
 * @param splits the current ones, for the images' names
 */
export function changes(before: Fingerprint, now: Fingerprint, splits: readonly Split[]): string[] {
  const folders = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return folders.flatMap((folder) => {
    const [was, is] = [before[folder], now[folder]];
    if (!is) return [`${folder} is gone`];
    if (!was) return [`${folder} is new`];
    if (was.images !== is.images) return [`${folder} has ${is.images} images, had ${was.images}`];
    if (was.digest !== is.digest) {
      const sort = is.contents === undefined ? 'names, sizes, contents or order' : 'names or sizes';
      return [`${folder} has images with other ${sort}`];
    }
    return rewritten(was, is, namesIn(folder, splits.filter(isFolder))).map((name) => `${folder}/${name}`);
  });
}

/** Images with the same name and size but another content. */
function rewritten(was: FolderPrint, is: FolderPrint, names: readonly string[]): string[] {
  const at = ({ contents = '' }: FolderPrint, i: number): string =>
    contents.slice(i * unreadable.length, (i + 1) * unreadable.length);
  if (was.contents === undefined) return [];
  const found = names.filter((_, i) => at(was, i) !== at(is, i));
  const rest = found.length - named;
  return [
    ...found.slice(0, named).map((name) => `${name} has other content`),
    ...(rest > 0 ? [`... has ${rest} more images with other content`] : []),
  ];
}

function namesIn(folder: string, splits: readonly ImageFolder[]): string[] {
  for (const { dir, classes, samples } of splits) {
    const label = classes.findIndex((name) => `${basename(dir)}/${name}` === folder);
    if (label < 0) continue;
    return samples.filter((one) => one.label === label).map(({ path }) => basename(path));
  }
  return [];
}

/** A file that is listed but cannot be examined counts as unreadable. */
async function look(path: string): Promise<{ size: number; content: string | undefined }> {
  const size = await stat(path).then(
    (found) => found.size,
    () => -1,
  );
  return { size, content: await contentDigest(path) };
}
