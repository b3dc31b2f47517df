/**
 * Installs and builds, each only if its inputs changed. Plain Node, so that it runs in an empty clone.
 * `--quiet`: prints nothing if there is nothing to do. `--web`: also builds the page (`dist/web`), which only
 * its tests, `hrm serve` and a package need.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const quiet = process.argv.includes('--quiet');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node 20.19 or newer is needed, this is ${process.versions.node}`);
  process.exit(1);
}

/** A fingerprint of files, by path and content. */
function fingerprint(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

/** Runs `work` unless `stamp` contains the fingerprint of `inputs` and `result` exists. */
function once(what, inputs, stamp, result, work) {
  const current = fingerprint(inputs);
  const path = join(root, stamp);
  if (existsSync(join(root, result)) && existsSync(path) && readFileSync(path, 'utf8') === current) return;
  if (!quiet) console.log(what);
  work();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, current);
}

function run(command, ...args) {
  try {
    // On Windows npm is a script, which only a shell can start.
    execFileSync(command, args, {
      cwd: root,
      stdio: quiet ? 'pipe' : 'inherit',
      shell: process.platform === 'win32',
    });
  } catch (error) {
    if (quiet) process.stderr.write(String(error.stdout ?? '') + String(error.stderr ?? ''));
    console.error(`failed: ${command} ${args.join(' ')}`);
    process.exit(1);
  }
}

const lock = ['package.json', 'package-lock.json', '.npmrc'];
once('Installing packages ...', lock, 'node_modules/.hrm-installed', 'node_modules', () => run('npm', 'ci'));

/** The files below a folder. */
function filesIn(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.endsWith('.test.ts'))
    .sort();
}

const sources = filesIn('src');
const isOfPage = (path) => path.startsWith('src/web/');
once(
  'Building ...',
  [...lock, 'tsconfig.json', 'tsconfig.build.json', ...sources.filter((path) => !isOfPage(path))],
  'node_modules/.hrm-built',
  'dist/index.js',
  () => {
    const dist = join(root, 'dist');
    for (const name of existsSync(dist) ? readdirSync(dist) : []) {
      if (name !== 'web') rmSync(join(dist, name), { recursive: true, force: true });
    }
    run(process.execPath, join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json');
  },
);

if (process.argv.includes('--web')) {
  once(
    'Building the page ...',
    [
      ...lock,
      'tsconfig.json',
      'vite.config.ts',
      'NOTICE',
      ...sources,
      ...filesIn('models'),
      ...filesIn('samples'),
    ],
    'node_modules/.hrm-web-built',
    'dist/web/index.html',
    () => run(process.execPath, join('node_modules', 'vite', 'bin', 'vite.js'), 'build'),
  );
}

if (process.argv.includes('--site')) {
  once(
    'Installing what builds the site ...',
    ['site/package.json', 'site/package-lock.json', 'site/.npmrc'],
    'site/node_modules/.hrm-installed',
    'site/node_modules',
    () => run('npm', 'ci', '--prefix', 'site'),
  );
}
