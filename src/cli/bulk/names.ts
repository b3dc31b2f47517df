/** Names of results in a tar, or below a folder, from the keys of their pictures. */
import { basename, dirname } from 'node:path/posix';
import { shortened } from '../files.ts';

/** A file's name may have 255 bytes; kind and ending follow. */
const mostBytes = 200;

/**
 * A key as a path that stays inside: without a drive, without `/` in front, without `.` and `..`; a colon, as in `FILE:ROW`, is a `_`.
 * Of a long name the beginning and a digest of the whole.
 */
export function fileNameOf(key: string): string {
  const parts = key
    .replaceAll('\\', '/')
    .replace(/^[a-z]:\//i, '')
    .replaceAll(':', '_')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  const path = parts.join('/') || '_';
  const name = basename(path);
  if (Buffer.byteLength(name) <= mostBytes) return path;
  const folder = dirname(path);
  return folder === '.' ? shortened(name, mostBytes) : `${folder}/${shortened(name, mostBytes)}`;
}
