/** The pictures in a folder and in the folders in it, and what is left out. */
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
  /** Inside the folder that was listed, with `/`. A byte of a name that is not UTF-8 stands as `\xe9`. */
  readonly path: string;
  /**
   * hidden: of a system or a program, not of the data. other: no picture. picture: one by its ending or its content, of a kind or at a
   * place that is not read. unusable: it cannot be read, whatever it is.
   */
  readonly kind: 'hidden' | 'other' | 'picture' | 'unusable';
  /** Of files their ending, or `without an ending`; of what is unusable why: `a named pipe`. */
  readonly what: string;
}

export interface Walked {
  /** Paths inside the folder, with the system's separator, sorted by code unit. */
  readonly pictures: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Walks a folder and all folders in it. Links are followed; each folder is read once, and none again from inside itself. No picture is
 * opened; of other files the first bytes are read, to tell pictures among them. A folder inside that cannot be listed is left out.
 * @param skip says of a folder's path whether it is passed over
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

/** Files looked into at a time. */
export const filesAhead = 16;

/** What a file without a picture's ending is. @param path inside the folder */
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

/** What a link is that `leadsUp`. */
export const upward = 'a link to a folder that it lies in';

/** Whether a folder's path is a link to one that it lies in. */
export async function leadsUp(path: string): Promise<boolean> {
  const [real, parent] = await Promise.all([realpath(path), realpath(join(path, '..'))]);
  return `${parent}${sep}`.startsWith(real.endsWith(sep) ? real : `${real}${sep}`);
}

/** The error of a folder without pictures; what is left out of it may say why. */
export function noPictures(dir: string, what: string, leftOut: readonly LeftOut[]): FileError {
  const pictures = leftOut.filter(({ kind }) => kind === 'picture').map((one) => `pictures ${one.what}`);
  const unusable = leftOut.filter(({ kind }) => kind === 'unusable').map((one) => one.what);
  const why = [...new Set([...pictures, ...unusable])];
  return new FileError(dir, `${what}${why.length > 0 ? `; left out: ${why.join(', ')}` : ''}`);
}
