/** The forms in which callers pass a picture's file. */
import { readRegular } from '../files/read-file.ts';

/** A path, or a file's bytes from a file, a request or a form. */
export type PictureFileGiven = string | Uint8Array | ArrayBufferLike | Blob;

/**
 * Whether a value has one of these types. ArrayBuffers of other realms, such as a test's, are recognised too.
 */
export function isPictureFile(given: unknown): given is PictureFileGiven {
  return typeof given === 'string' || given instanceof Uint8Array || isBuffer(given) || given instanceof Blob;
}

function isBuffer(given: unknown): given is ArrayBufferLike {
  return /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(given));
}

/** The file's bytes. @throws `FileError` when there is no such file, an error of one line for another type */
export async function bytesGiven(source: PictureFileGiven): Promise<Uint8Array> {
  if (typeof source === 'string') return await readRegular(source);
  if (source instanceof Uint8Array) return source;
  if (isBuffer(source)) return new Uint8Array(source);
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  throw new Error(
    `readPicture: a path or a file's bytes (Uint8Array, ArrayBuffer, Blob) are needed, got ${kindOf(source)}`,
  );
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  return `an object of the class ${value.constructor?.name ?? 'none'}`;
}
