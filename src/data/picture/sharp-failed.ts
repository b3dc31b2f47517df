import { DecoderError } from '../../errors/decoder-error.ts';
import { firstLine } from '../../errors/first-line.ts';
import { printable } from '../../text/printable.ts';

/** What says nothing about the file, and what means that its header is damaged: that it is a picture is known by its first bytes. */
const empty = /^($|Unknown error|Input (buffer|file) contains unsupported image format|source: bad seek)/;

/**
 * For the `catch` of what sharp does: the one place that reads its words, and those of libvips.
 * @throws an error of one line
 */
export function sharpFailed(cause: unknown): never {
  const line = firstLine(cause)
    .replace(/^Input (buffer|file) has corrupt header:\s*/, '')
    .replace(/^\w*vips\w*: /i, '');
  // Bytes of the file may be among the words. libvips keeps its messages in one place: another picture's error may have taken this one's away.
  throw new DecoderError('damaged or cut short', empty.test(line) ? undefined : printable(line), { cause });
}
