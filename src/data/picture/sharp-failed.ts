import { firstLine } from '../../errors/first-line.ts';

/** A picture has more pixels than sharp was allowed to take. */
export class TooManyPixels extends Error {}

/**
 * For the `catch` of what sharp does: the one place that reads its words, and those of libvips.
 * @throws an error of one line, `TooManyPixels` where that is it
 */
export function sharpFailed(cause: unknown): never {
  const line = firstLine(cause);
  if (line === 'Input image exceeds pixel limit') throw new TooManyPixels(line, { cause });
  // libvips keeps its messages in one place: another picture's error may have taken this one's away.
  throw new Error(line === 'Unknown error' ? 'damaged or cut short' : line, { cause });
}
