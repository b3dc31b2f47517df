/** A page's files, read once at the start: requests never access the disk. */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { getMimeType } from 'hono/utils/mime';
import { readBytes } from '../data/files/read-file.ts';
import { FileError } from '../errors/file-error.ts';

export interface StaticFile {
  /** Media type. */
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Quoted, as in the header. */
  readonly etag: string;
}

/** Limit on the bytes of all files. */
const mostBytes = 2 ** 29;

/**
 * All files of a folder and its subfolders, by their paths on the server: `/assets/page.js`; `/` is
 * `/index.html`. Symbolic links are left out.
 * @throws when it is not a folder, has no `index.html`, or has more than 2^29 bytes
 */
export async function readStaticFiles(folder: string): Promise<Map<string, StaticFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    throw new FileError(folder, error.code === 'ENOENT' ? 'no such folder' : 'not a folder', {
      cause: error,
    });
  });
  const files = new Map<string, StaticFile>();
  let bytes = 0;
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    bytes += (await stat(path)).size;
    if (bytes > mostBytes) throw new FileError(folder, `its files have more than ${mostBytes} bytes`);
    files.set(
      `/${relative(folder, path).split(sep).join('/')}`,
      staticFile(entry.name, await readBytes(path)),
    );
  }
  const index = files.get('/index.html');
  if (index === undefined) throw new FileError(folder, 'no index.html in this folder');
  return files.set('/', index);
}

/** A file with its media type, by the name's extension. */
export function staticFile(name: string, bytes: Uint8Array): StaticFile {
  const type = getMimeType(name) ?? 'application/octet-stream';
  const hash = createHash('sha256').update(bytes).digest('base64url');
  return { type, bytes, etag: `"${hash}"` };
}

/** Whether an `If-None-Match` header has this tag: the client has the file already. */
export function hasTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
