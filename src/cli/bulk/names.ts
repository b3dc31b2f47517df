/** File names of results in a tar or below a folder, from the keys of their pictures. */
import { basename, dirname } from 'node:path/posix';
import { shortened } from '../files.ts';

/** A file name has at most 255 bytes; kind and extension follow. */
const mostBytes = 200;

/**
 * A key as a relative path below the folder: without a drive, a leading `/`, `.` or `..`. A colon, as in
 * `FILE:ROW`, becomes `_`. A long name is cut and ends in a digest of the whole name.
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
