/** The page as it was built, with those of its files that the package leaves out: they lie elsewhere, too. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { readBytes } from '../data/files/read-file.ts';
import { FileError } from '../errors/file-error.ts';
import { readStaticFiles, type StaticFile, staticFile } from './static-files.ts';

/** Files of the page that lie elsewhere, by their paths in it; `vite.config.ts` writes this list. */
type Elsewhere = Readonly<Record<string, { readonly file: string; readonly sha256: string }>>;

/** The list's name in the page's folder. */
const list = '/elsewhere.json';

/**
 * The files of a page that a server with models of its own needs.
 * @param root the package's folder
 * @throws when a file is neither there nor elsewhere, or is another one than the page was built with
 */
export async function readBuiltPage(root: string): Promise<Map<string, StaticFile>> {
  const files = await readStaticFiles(join(root, 'dist', 'web'));
  const elsewhere: Elsewhere = JSON.parse(new TextDecoder().decode(files.get(list)?.bytes) || '{}');
  for (const [name, { file, sha256 }] of Object.entries(elsewhere)) {
    if (files.has(`/${name}`)) continue;
    const found = staticFile(name, await readBytes(place(root, file)));
    if (found.etag !== `"${sha256}"`)
      throw new FileError(file, 'not the version that the page was built with');
    files.set(`/${name}`, found);
  }
  files.delete(list);
  for (const path of files.keys()) if (path.startsWith('/models/')) files.delete(path);
  return files;
}

/** @param file in the package, or `node_modules/NAME/...`, wherever npm put the package NAME */
function place(root: string, file: string): string {
  const modules = 'node_modules/';
  if (!file.startsWith(modules)) return join(root, file);
  const folders = createRequire(import.meta.url).resolve.paths(file) ?? [];
  const paths = folders.map((folder) => join(folder, file.slice(modules.length)));
  return paths.find((path) => existsSync(path)) ?? file;
}
