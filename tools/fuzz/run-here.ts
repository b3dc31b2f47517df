/** Runs a command of `hrm` in this process, and checks what its user sees. */
import { runCommand } from '../../src/cli/run.ts';
import { faultOf } from './clear-error.ts';
import { Broken, check } from './kind.ts';

/** Characters that control a terminal, except line breaks, tabs and colours, which are not enabled here. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

/**
 * Runs the command in a folder.
 * @throws `Broken` unless it succeeds without an error line, or fails with one, and its output is printable;
 * if it failed, its error
 */
export async function runHere(folder: string, args: readonly string[]): Promise<string> {
  const printed = { stdout: '', stderr: '' };
  const streams = ['stdout', 'stderr'] as const;
  const kept = streams.map((name) => process[name].write);
  for (const name of streams) {
    process[name].write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      printed[name] += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
      const done = rest.find((one) => typeof one === 'function') as (() => void) | undefined;
      done?.();
      return true;
    }) as typeof process.stdout.write;
  }
  const back = process.cwd();
  let code: number;
  try {
    process.chdir(folder);
    process.exitCode = undefined;
    code = await runCommand(args);
  } finally {
    process.chdir(back);
    process.exitCode = undefined;
    for (const [i, name] of streams.entries()) process[name].write = kept[i];
  }
  const text = printed.stdout + printed.stderr;
  const odd = control.exec(text);
  if (odd)
    throw new Broken(
      `it prints a control character: ${JSON.stringify(text.slice(Math.max(0, odd.index - 150), odd.index + 50))}`,
    );
  const errors = printed.stderr.split('\n').filter((line) => line.startsWith('error: '));
  check(code === 0 || code === 1 || code === 2, `exit code ${code}`);
  // The findings of --strict are not errors, but set exit code 1.
  if (code === 1 && errors.length === 0 && args.includes('--strict')) return printed.stdout;
  check(
    errors.length === (code === 0 ? 0 : 1),
    `exit code ${code} with ${errors.length} errors: ${printed.stderr.slice(0, 300)}`,
  );
  if (code === 0) return printed.stdout;
  const error = new Error(errors[0].slice('error: '.length));
  const fault = faultOf(error);
  if (fault !== undefined) throw new Broken(fault);
  throw error;
}
