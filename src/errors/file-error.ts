/**
 * Something is wrong with a file or folder: missing, damaged, or not what is needed. The message is
 * `PATH: REASON`.
 * @example
 * ```ts
 * import { FileError } from 'high-res-mapping';
 * import { readPicture } from 'high-res-mapping/node';
 *
 * try {
 *   await readPicture('missing.jpg');
 * } catch (error) {
 *   if (!(error instanceof FileError)) throw error;
 *   console.log(error.path); //=> missing.jpg
 *   console.log(error.reason); //=> no such file
 * }
 * ```
 */
export class FileError extends Error {
  /** The path, or another name by which the user knows the file. */
  readonly path: string;
  /** What is wrong, without the path. */
  readonly reason: string;

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.path = path;
    this.reason = reason;
  }

  /**
   * The error itself if it is a `FileError`, else one about this file, with the error's message as its
   * reason.
   */
  static from(path: string, error: unknown): FileError {
    return error instanceof FileError ? error : new FileError(path, reasonOf(error), { cause: error });
  }
}

/** What is wrong; for a `FileError` without the path. */
export function reasonOf(error: unknown): string {
  return error instanceof FileError ? error.reason : (error as Error).message;
}

/**
 * The result of `read`.
 * @throws `FileError` about this file for any error
 */
export function aboutFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw FileError.from(path, error);
  }
}
