/**
 * `npm run package`: builds what is missing, writes the package's `.tgz`, and prints the size of each part.
 * With `--dry-run`, writes nothing. npm's own `prepack` would not do: `.npmrc` lets no script of a package
 * run.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '..');
execFileSync(process.execPath, [join(root, 'scripts', 'setup.mjs'), '--web'], { stdio: 'inherit' });
// npm is a script on Windows, which only a shell starts.
const options = { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' };
const [pack] = JSON.parse(execFileSync('npm', ['pack', '--json', ...process.argv.slice(2)], options));

/** The page, else the top folder. */
function partOf(path) {
  if (path.startsWith('dist/web/')) return 'dist/web';
  return path.includes('/') ? path.split('/')[0] : 'other files';
}

/** A row of the table: bytes, and bytes packed. */
function row(name, size, packed) {
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0)} kB`.padStart(12);
  return `${name.padEnd(24)}${kilobytes(size)}${kilobytes(packed)}`;
}

const rows = [...new Set(pack.files.map(({ path }) => partOf(path)))].map((name) => {
  const files = pack.files.filter(({ path }) => partOf(path) === name);
  const content = Buffer.concat(files.map(({ path }) => readFileSync(join(root, path))));
  return { name, size: content.length, packed: gzipSync(content).length };
});
rows.sort((a, b) => b.packed - a.packed);
console.log(`${''.padEnd(24)}${'size'.padStart(12)}${'packed'.padStart(12)}`);
for (const { name, size, packed } of rows) console.log(row(name, size, packed));
console.log(row(pack.filename, pack.unpackedSize, pack.size));
