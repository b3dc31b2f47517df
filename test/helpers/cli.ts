/** The built command line. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Run, runInHost } from './command-host.ts';

export type { Run } from './command-host.ts';

const root = join(import.meta.dirname, '..', '..');
export const program: string = join(root, 'dist', 'cli', 'main.js');

/** Runs `hrm` in a folder, in a process that runs other commands, too. @throws when it has not been built. */
export function hrm(cwd: string, ...args: readonly string[]): Promise<Run> {
  checkBuilt();
  return runInHost(cwd, args);
}

/** As `hrm`, in a process of its own, as a shell starts it. */
export function hrmProcess(cwd: string, ...args: readonly string[]): Promise<Run> {
  checkBuilt();
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, ...args],
      { cwd, env: { ...process.env, NO_COLOR: '1' } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

function checkBuilt(): void {
  if (existsSync(program)) return;
  throw new Error(
    'dist/cli/main.js is missing; `node scripts/setup.mjs` builds it, `npm test` does so first',
  );
}

/** As `hrm`, of a command that must succeed; gives what it printed. @throws with its errors when it does not. */
export async function hrmOutput(cwd: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await hrm(cwd, ...args);
  if (code !== 0) throw new Error(`hrm ${args.join(' ')}: exit code ${code}\n${stderr}`);
  return stdout;
}

/** Runs a line of a document: `hrm` and plain words as `hrmOutput` does, anything else by a shell. @throws when it fails */
export async function documentLine(cwd: string, line: string): Promise<void> {
  checkBuilt();
  if (/^hrm( [\w./,=+-]+)+ ?$/.test(line)) {
    await hrmOutput(cwd, ...line.split(' ').slice(1));
    return;
  }
  const define = `hrm() { "${process.execPath}" "${program}" "$@"; }`;
  await promisify(execFile)('sh', ['-c', `${define}; ${line}`], { cwd });
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'hrm-'));
}

/** Everything in a folder, however deep, sorted; folders end in `/`, TensorBoard's files lose their time. */
export function tree(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .map((path) => path.replaceAll('\\', '/') + (statSync(join(folder, path)).isDirectory() ? '/' : ''))
    .map((path) => path.replace(/(events\.out\.tfevents\.)\d+\..*/, '$1*'))
    .sort();
}

/** The file of a trained model, from the folder it was trained in. */
export function best(name: string): string {
  return `results/${name}/best_weights.onnx`;
}
