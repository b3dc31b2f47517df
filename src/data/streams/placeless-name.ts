/**
 * Names of streamed pictures, and random numbers derived from them, independent of the folder of the stream's
 * files.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type StreamedPicture, streamedName } from './container.ts';

/** A picture's name, independent of the folder of its tar, Parquet file or list. */
export function placelessName(picture: StreamedPicture): string {
  const { key, from } = picture;
  return from === undefined ? key : basename(from) + streamedName(picture).slice(from.length);
}

/** A number in [0, 1) derived from a picture's name and the seed. */
export function drawOf(name: string, seed: number): number {
  return createHash('sha256').update(`${seed}\0${name}`).digest().readUInt32BE() / 2 ** 32;
}
