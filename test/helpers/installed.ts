/** The package as `npm pack` makes it, in an empty project. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { newFolder } from './cli.ts';

const root = join(import.meta.dirname, '..', '..');
// npm is a script on Windows, which only a shell starts.
const shell = process.platform === 'win32';

export interface Packed {
  /** Of the `.tgz`, in bytes. */
  readonly size: number;
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Runs a program in a folder, and gives what it printed. @throws with its errors when it fails */
export async function output(cwd: string, file: string, ...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(file, args, { cwd, shell, maxBuffer: 2 ** 26 })).stdout;
}

/** Packs the package into a folder. @throws when it has not been built */
export async function pack(folder: string): Promise<Packed> {
  for (const built of ['dist/cli/main.js', 'dist/web/index.html']) {
    if (!existsSync(join(root, built))) throw new Error(`${built} is missing: npm run build:web`);
  }
  return JSON.parse(await output(root, 'npm', 'pack', '--json', '--pack-destination', folder))[0];
}

/**
 * Makes a project with what npm would install: the package's files as they were packed, and links to the packages
 * that it depends on, not to those that only the work on it needs. `.ci/package` installs, which takes minutes.
 */
async function installInto(folder: string, packed: Packed): Promise<void> {
  const modules = join(folder, 'node_modules');
  const here = join(modules, 'high-res-mapping');
  mkdirSync(here, { recursive: true });
  await output(
    folder,
    'tar',
    '-xzf',
    packed.filename,
    '-C',
    'node_modules/high-res-mapping',
    '--strip-components=1',
  );
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [path, { dev }] of Object.entries<{ dev?: boolean }>(packages)) {
    // Those of other systems are not there.
    if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) || dev || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(root, path), join(folder, path), 'junction');
  }
  const { bin } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
  mkdirSync(join(modules, '.bin'));
  for (const [name, path] of Object.entries<string>(bin)) {
    chmodSync(join(here, path), 0o755);
    if (!shell) symlinkSync(join('..', 'high-res-mapping', path), join(modules, '.bin', name));
  }
  writeFileSync(join(folder, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n');
}

export interface Project {
  readonly folder: string;
  /** The package's folder in it. */
  readonly own: string;
  readonly packed: Packed;
  remove(): void;
}

/**
 * A project with the package: `HRM_PACKAGE_PROJECT`, where npm installed it (`.ci/package`), else one with its
 * files and links.
 */
export async function projectWithPackage(): Promise<Project> {
  const given = process.env.HRM_PACKAGE_PROJECT;
  const folder = given ?? newFolder();
  const packed = await pack(folder);
  if (given === undefined) await installInto(folder, packed);
  return {
    folder,
    own: join(folder, 'node_modules', 'high-res-mapping'),
    packed,
    remove: () => {
      if (given === undefined) rmSync(folder, { recursive: true });
    },
  };
}
