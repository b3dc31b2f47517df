/** Creates a data set from another one's files, which are not changed. */
import { access, constants, copyFile, link, mkdir, realpath, symlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { FileError } from '../../errors/file-error.ts';
import { mapAhead } from '../threads/map-ahead.ts';
import { fillFolder } from './stage-folder.ts';

/** Destination of a new data set, and how files get there. */
export interface PlaceOptions {
  /**
   * The new folder. If it exists, it must be empty. It must lie outside the source folder. Parent folders are
   * created.
   */
  readonly out: string;
  /**
   * Whether to create hard links instead of copies: they take no space, and a change in one place shows in
   * both. Default false.
   */
  readonly link?: boolean;
  /** Called with the number of files placed and of all files. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborts the work. Nothing remains. */
  readonly signal?: AbortSignal;
}

/** One file of the new data set. */
export interface Placement {
  readonly from: string;
  /** Path inside the new folder, with `/`. */
  readonly to: string;
}

/** How many files were copied and linked. */
export interface Placed {
  readonly copied: number;
  readonly linked: number;
  /**
   * Symbolic links, where the file system could not create hard links, such as between disks. They break when
   * their targets are moved.
   */
  readonly symbolic: number;
}

/** Files in progress at a time. */
const depth = 8;

/**
 * Copies or links files into a new folder, all or none.
 * @param source folder of the files
 * @throws when the new folder is not empty, lies in the source or cannot be written, or a file cannot be read
 */
export async function placeFiles(
  source: string,
  files: readonly Placement[],
  { out, link: asLink = false, onProgress, signal }: PlaceOptions,
): Promise<Placed> {
  const inside = relative(await realpath(source), await realpathOf(out));
  if (inside !== '..' && !inside.startsWith(`..${sep}`) && resolve(inside) !== inside) {
    throw new Error(`cannot write ${out}: it lies in ${source}, which must not be changed`);
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
  // Some file systems share the blocks until one of the two files is changed.
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  return 'copied';
}

/** Error codes of refused hard links: another disk, not supported, too many links, not permitted. */
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

/** The real path of a file that may not exist yet. */
async function realpathOf(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return await realpath(full);
  } catch {
    const above = dirname(full);
    return above === full ? full : join(await realpathOf(above), full.slice(above.length));
  }
}
