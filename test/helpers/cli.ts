/** The built command line as a child process. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
export const program: string = join(root, 'dist', 'cli', 'main.js');

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `hrm` in a folder. @throws when it has not been built. */
export function hrm(cwd: string, ...args: readonly string[]): Promise<Run> {
  if (!existsSync(program)) {
    throw new Error(
      'dist/cli/main.js is missing; `node scripts/setup.mjs` builds it, `npm test` does so first',
    );
  }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, ...args],
      { cwd, env: { ...process.env, NO_COLOR: '1' } },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** As `hrm`, of a command that must succeed; gives what it printed. @throws with its errors when it does not. */
export async function hrmOutput(cwd: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await hrm(cwd, ...args);
  if (code !== 0) throw new Error(`hrm ${args.join(' ')}: exit code ${code}\n${stderr}`);
  return stdout;
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
