/** A data set made out of another's files, which stay as they are. */
import { access, constants, copyFile, link, mkdir, realpath, symlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { FileError } from '../../errors/file-error.ts';
import { mapAhead } from '../threads/map-ahead.ts';
import { fillFolder } from './stage-folder.ts';

/** Where the files of a new data set go, and how. */
export interface PlaceOptions {
  /** The new folder: not there yet, or empty; outside the folder that the files come from. Folders above it are created. */
  readonly out: string;
  /** Hard links instead of copies: they take no room, and a file changed in one place is changed in both. Default false. */
  readonly link?: boolean;
  /** Told how many files are there, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops it; nothing stays. */
  readonly signal?: AbortSignal;
}

export interface Placement {
  readonly from: string;
  /** Inside the new folder, with `/`. */
  readonly to: string;
}

/** How files came to their places. */
export interface Placed {
  readonly copied: number;
  readonly linked: number;
  /** Where the file system could not link, as from one disk to another. They break when what they point to is moved. */
  readonly symbolic: number;
}

/** Files under way at a time. */
const depth = 8;

/**
 * Copies or links files into a new folder, all or none.
 * @param source the folder that they come from.
 * @throws when the new folder is not empty, lies in the source, or cannot be written, and when a file cannot be read.
 */
export async function placeFiles(
  source: string,
  files: readonly Placement[],
  { out, link: asLink = false, onProgress, signal }: PlaceOptions,
): Promise<Placed> {
  const inside = relative(await realpath(source), await realpathOf(out));
  if (inside !== '..' && !inside.startsWith(`..${sep}`) && resolve(inside) !== inside) {
    throw new Error(`cannot write ${out}: it lies in ${source}, which is left as it is`);
  }
  return fillFolder(out, async (stage) => {
    const folders = new Set(files.map(({ to }) => dirname(join(stage, to))));
    for (const folder of folders) await mkdir(folder, { recursive: true });
    const counts = { copied: 0, linked: 0, symbolic: 0 };
    let done = 0;
    const place = async ({ from, to }: Placement): Promise<keyof Placed> => {
      signal?.throwIfAborted();
      try {
        return await (asLink ? linkFile : copy)(from, join(stage, to));
      } catch (error) {
        await readable(from);
        throw error;
      }
    };
    for await (const how of mapAhead(files, place, depth)) {
      counts[how]++;
      onProgress?.(++done, files.length);
    }
    signal?.throwIfAborted();
    return counts;
  });
}

async function copy(from: string, to: string): Promise<'copied'> {
  // Some file systems share the blocks until one of the two is changed.
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  return 'copied';
}

/** Codes with which a file system refuses hard links: another disk, no such thing, too many, not allowed. */
const noHardLink: readonly string[] = [
  'EXDEV',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EPERM',
  'EACCES',
];

async function linkFile(from: string, to: string): Promise<'linked' | 'symbolic'> {
  const file = await realpath(from); // of a symbolic link, what it points to
  try {
    await link(file, to);
    return 'linked';
  } catch (error) {
    if (!noHardLink.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await symlink(file, to);
    return 'symbolic';
  }
}

/** @throws when a file cannot be read */
async function readable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw new FileError(path, `cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}

/** The real path of what may not be there yet. */
async function realpathOf(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return await realpath(full);
  } catch {
    const above = dirname(full);
    return above === full ? full : join(await realpathOf(above), full.slice(above.length));
  }
}
