/** Something is wrong with a file or folder: missing, damaged, or not what is needed. The message is `PATH: REASON`. */
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

  /** The error itself where it is a `FileError`, else one about this file, with the error's message as its reason. */
  static from(path: string, error: unknown): FileError {
    return error instanceof FileError ? error : new FileError(path, reasonOf(error), { cause: error });
  }
}

/** What is wrong, without the path where it is about a file. */
export function reasonOf(error: unknown): string {
  return error instanceof FileError ? error.reason : (error as Error).message;
}

/** What `read` gives. @throws `FileError` about this file for whatever it throws */
export function aboutFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw FileError.from(path, error);
  }
}
