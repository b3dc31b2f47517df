/** Lists the entries of a folder: folders, files, and entries that can be neither opened nor read. */
import type { Dirent } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '../../errors/file-error.ts';
import { whatIs } from '../files/read-file.ts';

/** One entry of a folder. */
export interface FolderEntry {
  readonly name: string;
  /**
   * Type of the link's target, for links. A broken link to a file is a file: reading it then gives the error.
   */
  readonly type: 'folder' | 'file' | 'other';
  /** What an entry of type 'other' is, such as `a named pipe`. */
  readonly what?: string;
}

/**
 * The entries of a folder, sorted by name.
 * @param isFile whether a broken link of this name counts as a file; default: none does
 * @throws `FileError` when the folder cannot be listed
 */
export async function listFolder(dir: string, isFile = (_name: string) => false): Promise<FolderEntry[]> {
  const entries = await dirents(dir);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const found: FolderEntry[] = [];
  for (const entry of entries) found.push(await entryOf(dir, entry, isFile));
  return found.some(({ what }) => what === notUtf8) ? withBytes(dir, found) : found;
}

const linkFaults: Readonly<Record<string, string>> = {
  ENOENT: 'a broken link',
  ENOTDIR: 'a broken link',
  ELOOP: 'a link that goes round in a circle',
  EACCES: 'permission denied',
};

async function dirents(dir: string): Promise<Dirent[]> {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (error) {
    throw cannotList(dir, error);
  }
}

function cannotList(dir: string, error: unknown): FileError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new FileError(dir, 'no such folder');
  if (code === 'ENOTDIR') return new FileError(dir, 'not a folder');
  if (code === 'EACCES') return new FileError(dir, 'cannot list the folder: permission denied');
  return new FileError(dir, `cannot list the folder (${code ?? message})`);
}

async function entryOf(dir: string, entry: Dirent, isFile: (name: string) => boolean): Promise<FolderEntry> {
  const { name } = entry;
  if (await isMisread(dir, name)) return { name, type: 'other', what: notUtf8 };
  if (entry.isFile()) return { name, type: 'file' };
  if (entry.isDirectory()) return { name, type: 'folder' };
  // The entry is a link or a special file, or the file system gives no types: only then is `stat` needed.
  try {
    const found = await stat(join(dir, name));
    if (found.isFile()) return { name, type: 'file' };
    if (found.isDirectory()) return { name, type: 'folder' };
    return { name, type: 'other', what: whatIs(found) };
  } catch (error) {
    if (isFile(name)) return { name, type: 'file' };
    const { code = '' } = error as NodeJS.ErrnoException;
    return { name, type: 'other', what: linkFaults[code] ?? `it cannot be accessed (${code})` };
  }
}

const notUtf8 = 'its name is not UTF-8';

/** Whether a name's bytes are not UTF-8, so that its decoded form names no file. */
async function isMisread(dir: string, name: string): Promise<boolean> {
  if (!name.includes('\ufffd')) return false;
  return lstat(join(dir, name)).then(
    () => false,
    () => true,
  );
}

/** Replaces names that are not UTF-8 by escaped bytes, such as `caf\xe9.jpg`, so that users can find them. */
async function withBytes(dir: string, entries: readonly FolderEntry[]): Promise<FolderEntry[]> {
  const raw = await readdir(dir, { encoding: 'buffer' });
  const odd = raw.filter((name) => !Buffer.from(name.toString('utf8')).equals(name));
  const others = odd.map((name): FolderEntry => ({ name: escapedBytes(name), type: 'other', what: notUtf8 }));
  return [...entries.filter(({ what }) => what !== notUtf8), ...others];
}

function escapedBytes(name: Buffer): string {
  return [...name]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
    )
    .join('');
}
