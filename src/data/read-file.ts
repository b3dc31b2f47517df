import { readFile } from 'node:fs/promises';

/** The bytes of a file. @throws `PATH: no such file`, and so on. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      ENOENT: 'no such file',
      ENOTDIR: 'no such file',
      EISDIR: 'it is a folder',
      EACCES: 'permission denied',
      ELOOP: 'its symbolic links go round in a circle',
    };
    throw new Error(`${path}: ${reasons[code ?? ''] ?? message}`, { cause: error });
  }
}
