import { DecoderError } from '../../errors/decoder-error.ts';
import { firstLine } from '../../errors/first-line.ts';
import { printable } from '../../text/printable.ts';

/**
 * Messages without information about the file. One of them means a damaged header: the first bytes have
 * already shown that the file is a picture.
 */
const empty = /^($|Unknown error|Input (buffer|file) contains unsupported image format|source: bad seek)/;

/**
 * Converts sharp's errors, for use in `catch`. This is the only place that parses messages of sharp and
 * libvips.
 * @throws an error of one line
 */
export function sharpFailed(cause: unknown): never {
  const line = firstLine(cause)
    .replace(/^Input (buffer|file) has corrupt header:\s*/, '')
    .replace(/^\w*vips\w*: /i, '');
  // Messages may contain bytes of the file. libvips keeps all messages in one place: a concurrent error of
  // another picture may have removed this one's.
  throw new DecoderError('damaged or cut short', empty.test(line) ? undefined : printable(line), { cause });
}
