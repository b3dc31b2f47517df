/** A picture's file, as callers have it. */
import { readRegular } from '../files/read-file.ts';

/** A path, or a file's bytes: from a file, a request, a form. */
export type PictureFileGiven = string | Uint8Array | ArrayBufferLike | Blob;

/** Whether something is of these types: of an ArrayBuffer and a Blob also where another realm, such as a test's, made it. */
export function isPictureFile(given: unknown): given is PictureFileGiven {
  return typeof given === 'string' || given instanceof Uint8Array || isBuffer(given) || given instanceof Blob;
}

function isBuffer(given: unknown): given is ArrayBufferLike {
  return /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(given));
}

/** @throws `FileError` when there is no such file, an error of one line when it is none of these types */
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
