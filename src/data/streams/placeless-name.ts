/** A picture's name in a stream, and what is drawn by it, wherever the stream's files lie. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type StreamedPicture, streamedName } from './container.ts';

/** What a picture is called wherever its tar, Parquet file or list lies. */
export function placelessName(picture: StreamedPicture): string {
  const { key, from } = picture;
  return from === undefined ? key : basename(from) + streamedName(picture).slice(from.length);
}

/** A number in [0, 1) that a picture's name and the seed give. */
export function drawOf(name: string, seed: number): number {
  return createHash('sha256').update(`${seed}\0${name}`).digest().readUInt32BE() / 2 ** 32;
}
