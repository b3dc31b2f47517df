import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { FileError } from '../../errors/file-error.ts';

/** The bytes of a file. @throws `FileError`: no such file, and so on. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw explained(path, error);
  }
}

/** `readBytes` while the thread waits: of small files, in a fifth of the time. */
export function readBytesSync(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw explained(path, error);
  }
}

const tooManyOpen = "too many files are open; raise the limit, as with 'ulimit -n 1024'";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  ERR_FS_FILE_TOO_LARGE: 'it has over 2 GB, more than can be read',
  EMFILE: tooManyOpen,
  ENFILE: tooManyOpen,
  ELOOP: 'its symbolic links go round in a circle',
};

/** Whether a file was not read because too many are open: another time it may be. */
export function isShortOfFiles(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE';
}

function explained(path: string, error: unknown): FileError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new FileError(path, reasons[code ?? ''] ?? message, { cause: error });
}
