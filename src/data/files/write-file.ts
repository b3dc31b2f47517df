/** Writes files atomically: readers see the old file or the complete new one. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const reasons: Record<string, string> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  EEXIST: 'a file is in the way',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EDQUOT: 'the quota is used up',
  ENAMETOOLONG: 'the name is too long',
};

/**
 * The error for a file or folder that could not be written: `cannot write PATH: <reason>`, the original as
 * its cause.
 */
export function cannotWrite(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return new Error(`cannot write ${path}: ${reasons[code ?? ''] ?? message}`, { cause: error });
}

/**
 * Writes a file atomically: to a temporary file in the same folder, flushed to disk, then renamed. Concurrent
 * readers, and a crash, find either the old file or the new one. The temporary file is removed when writing
 * fails.
 * @param content bytes, or text (written as UTF-8)
 * @throws `cannot write PATH: <reason>`, such as when the folder does not exist (it is not created) or is not
 * writable
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { writeFileWhole } from 'high-res-mapping/node';
 *
 * await writeFileWhole('result.json', JSON.stringify({ name: 'star' }));
 * console.log(await readFile('result.json', 'utf8')); //=> {"name":"star"}
 * const refused = await writeFileWhole('nowhere/result.json', '').catch((error) => error);
 * console.log(refused.message); //=> cannot write nowhere/result.json: its folder does not exist
 * ```
 */
export async function writeFileWhole(path: string, content: Uint8Array | string): Promise<void> {
  return replaceWhole(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  }).catch((error) => {
    throw cannotWrite(path, error);
  });
}

/**
 * `writeFileWhole` for a file that is written in pieces.
 * @param write creates the temporary file at the given path
 * @throws what `write` throws
 */
export async function replaceWhole(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 60)}.${randomUUID()}.tmp`);
  try {
    await write(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}
