/** Finds the pictures in a folder and its subfolders, and lists what is left out. */
import { open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { FileError, reasonOf } from '../../errors/file-error.ts';
import { explained, isShortOfFiles } from '../files/read-file.ts';
import { isPictureStart, startLength } from '../picture/picture-start.ts';
import { mapAhead } from '../threads/map-ahead.ts';
import { listFolder } from './folder-entries.ts';
import { endingOf, isHidden, isOtherPictureName, isPictureName } from './picture-name.ts';

/** A file or folder that is not read. */
export interface LeftOut {
  /** Path inside the listed folder, with `/`. A byte of a name that is not UTF-8 is written as `\xe9`. */
  readonly path: string;
  /**
   * hidden: created by a system or a program, not part of the data. other: not a picture. picture: a picture
   * by its extension or content, but of an unsupported kind or in an unsupported place. unusable: it cannot
   * be read.
   */
  readonly kind: 'hidden' | 'other' | 'picture' | 'unusable';
  /**
   * The extension of a file, or `without an ending`; for unusable entries the reason, such as `a named pipe`.
   */
  readonly what: string;
}

/** Result of `walkPictures`. */
export interface Walked {
  /** Paths inside the folder, with the system's separator, sorted by code unit. */
  readonly pictures: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Walks a folder and its subfolders. Links are followed, but no folder is read twice. Pictures are not
 * opened. The first bytes of other files are read to find pictures among them. A subfolder that cannot be
 * listed is left out.
 * @param skip whether to skip the folder at this path; default: none
 * @throws `FileError` when the folder itself cannot be listed
 */
export async function walkPictures(dir: string, skip = (_path: string) => false): Promise<Walked> {
  const pictures: string[] = [];
  const leftOut: LeftOut[] = [];
  const others: string[] = [];
  const seen = new Map<string, string>();
  const leave = (path: string, kind: LeftOut['kind'], what: string): void => {
    leftOut.push({ path: path.split(sep).join('/'), kind, what });
  };
  const visit = async (inside: string): Promise<void> => {
    const at = inside === '' ? dir : [dir, inside].join(sep);
    for (const { name, type, what = '' } of await listFolder(at, isPictureName)) {
      const path = inside === '' ? name : [inside, name].join(sep);
      if (isHidden(name)) leave(path, 'hidden', endingOf(name));
      else if (type === 'other') leave(path, 'unusable', what);
      else if (type === 'folder') {
        if (!skip([dir, path].join(sep))) await enter(path);
      } else if (isPictureName(name)) pictures.push(path);
      else others.push(path);
    }
  };
  const enter = async (path: string): Promise<void> => {
    try {
      const real = await realpath(join(dir, path));
      const before = seen.get(real);
      if (before === '' || (await leadsUp(join(dir, path)))) return leave(path, 'unusable', upward);
      if (before !== undefined) return leave(path, 'unusable', `the same folder as ${before}`);
      seen.set(real, path);
      await visit(path);
    } catch (error) {
      leave(path, 'unusable', reasonOf(error));
    }
  };
  seen.set(await realpath(dir).catch(() => dir), '');
  await visit('');
  for await (const one of mapAhead(others, (path) => lookAt(dir, path), filesAhead)) leftOut.push(one);
  pictures.sort();
  return { pictures, leftOut: leftOut.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** Files inspected at a time. */
export const filesAhead = 16;

/**
 * Classifies a file without a picture's extension.
 * @param path inside the folder
 */
export async function lookAt(dir: string, path: string): Promise<LeftOut> {
  const isPicture = isOtherPictureName(path) || (await holdsPicture(join(dir, path)));
  const kind = isPicture ? 'picture' : 'other';
  return { path: path.split(sep).join('/'), kind, what: endingOf(path) || 'without an ending' };
}

async function holdsPicture(path: string): Promise<boolean> {
  const file = await open(path).catch((error) => {
    if (isShortOfFiles(error)) throw explained(path, error);
    return undefined;
  });
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(startLength), 0, startLength, 0);
    return isPictureStart(buffer.subarray(0, bytesRead));
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

/** Description of a link for which `leadsUp` is true. */
export const upward = 'a link to a folder above it';

/** Whether a folder's path is a link to one of its own parents. */
export async function leadsUp(path: string): Promise<boolean> {
  const [real, parent] = await Promise.all([realpath(path), realpath(join(path, '..'))]);
  return `${parent}${sep}`.startsWith(real.endsWith(sep) ? real : `${real}${sep}`);
}

/** The error for a folder without pictures. It lists reasons from what is left out. */
export function noPictures(dir: string, what: string, leftOut: readonly LeftOut[]): FileError {
  const pictures = leftOut.filter(({ kind }) => kind === 'picture').map((one) => `pictures ${one.what}`);
  const unusable = leftOut.filter(({ kind }) => kind === 'unusable').map((one) => one.what);
  const why = [...new Set([...pictures, ...unusable])];
  return new FileError(dir, `${what}${why.length > 0 ? `; left out: ${why.join(', ')}` : ''}`);
}
