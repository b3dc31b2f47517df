/** Short digests of files' contents. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/**
 * Files up to this many bytes are read whole. Larger files are sampled at their beginning, middle and end, a
 * quarter of this each.
 */
const whole = 2 ** 20;

/** The pieces to read, as offset and length in bytes. */
function pieces(size: number): readonly (readonly [at: number, length: number])[] {
  if (size <= whole) return [[0, size]];
  const length = whole / 4;
  return [0, Math.floor((size - length) / 2), size - length].map((at) => [at, length]);
}

const start = (size: number): Hash => createHash('sha256').update(`${size}\0`);
const short = (hash: Hash): string => hash.digest('hex').slice(0, 8);

/**
 * Digest of a file's content, 8 hexadecimal digits; undefined if the file cannot be read. A re-encoded
 * picture differs in all pieces.
 */
export async function contentDigest(path: string): Promise<string | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { size } = await file.stat();
    const hash = start(size);
    for (const [at, length] of pieces(size)) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return short(hash);
  } catch {
    return undefined;
  } finally {
    await file?.close().catch(() => {});
  }
}

/** Synchronous `contentDigest`. */
export function contentDigestSync(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const hash = start(size);
    for (const [at, length] of pieces(size)) {
      const buffer = Buffer.alloc(length);
      hash.update(buffer.subarray(0, readSync(file, buffer, 0, length, at)));
    }
    return short(hash);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** `contentDigest` of a file whose bytes are in memory. */
export function contentDigestOf(bytes: Uint8Array): string {
  const hash = start(bytes.length);
  for (const [at, length] of pieces(bytes.length)) hash.update(bytes.subarray(at, at + length));
  return short(hash);
}
