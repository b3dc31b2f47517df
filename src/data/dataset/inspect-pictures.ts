/**
 * Inspects picture files for the check of a data set: reads and decodes each one and computes its digests.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { reasonOf } from '../../errors/file-error.ts';
import { readBytesSync } from '../files/read-file.ts';
import { decodePicture } from '../picture/decode.ts';
import { readPictureSize } from '../picture/picture-header.ts';
import { unusedRange, type ValueRange } from '../picture/value-range.ts';
import { mapAhead } from '../threads/map-ahead.ts';
import { fingerprint, fingerprintShape, type PictureFingerprint } from './picture-hash.ts';

/** Results of inspecting a readable picture. */
export interface InspectedPicture extends PictureFingerprint {
  /** In pixels, upright. */
  readonly width: number;
  readonly height: number;
  /** SHA-256 of the file, base64. */
  readonly content: string;
  /** Implausible values, described. */
  readonly note?: string;
}

/** Picture files to inspect. */
export interface InspectTask {
  readonly paths: readonly string[];
  /** Values of black and white for pictures that are not 8-bit grey levels. */
  readonly valueRange?: ValueRange;
}

/** Result of inspecting an unreadable file. */
export interface UnreadablePicture {
  /** Why it cannot be read, without the path. */
  readonly reason: string;
}

/** Pictures in progress at a time per thread, as in `loadPictures`. */
const depth = 4;

/** Inspects files, in their order. An unreadable file gives an `UnreadablePicture`, not an exception. */
export async function inspectPictures({
  paths,
  valueRange,
}: InspectTask): Promise<(InspectedPicture | UnreadablePicture)[]> {
  const results: (InspectedPicture | UnreadablePicture)[] = [];
  for await (const result of mapAhead(paths, (path) => inspect(path, valueRange), depth))
    results.push(result);
  return results;
}

async function inspect(
  path: string,
  valueRange: ValueRange | undefined,
): Promise<InspectedPicture | UnreadablePicture> {
  try {
    await setImmediate(); // as in `loadPictures`
    const bytes = readBytesSync(path);
    const notes: string[] = [];
    const grey = await decodePicture(bytes, path, {
      ...fingerprintShape,
      channels: 1,
      valueRange,
      // A range applies only to the files of a folder that need one.
      onNote: (said) => said !== unusedRange && notes.push(said),
    });
    const { width, height } = await readPictureSize(bytes);
    const content = createHash('sha256').update(bytes).digest('base64');
    return { width, height, content, note: notes.join('; ') || undefined, ...fingerprint(grey) };
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}
