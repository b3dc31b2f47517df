/**
 * The process that reads inputs one after the other, each in a folder of its own. It answers a message
 * `{ kind, seed, folder }` by `ready` when the input is there and reading begins, and then by the outcome.
 */
import { writeFileSync } from 'node:fs';
import { makeConsolePrintable } from '../../src/cli/printable-console.ts';
import { firstLine } from '../../src/errors/first-line.ts';
import { random } from '../../src/tensor/random.ts';
import { residentMemory } from '../../test/helpers/resident-memory.ts';
import { faultOf } from './clear-error.ts';
import { Broken } from './kind.ts';
import { kinds } from './kinds/index.ts';

export interface Task {
  readonly kind: string;
  readonly seed: number;
  readonly folder: string;
}

export interface Outcome {
  /** Whether there was an answer or a clear error; else what is wrong. */
  readonly outcome: 'answer' | 'error' | 'fault';
  readonly text: string;
  readonly milliseconds: number;
  /** Peak memory since reading began, in MiB; undefined if the system does not report it. */
  readonly peak?: number;
}

/** Resets Linux' peak resident memory. */
function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {}
}

async function tryInput({ kind, seed, folder }: Task): Promise<Outcome> {
  const made = kinds.find(({ name }) => name === kind)?.input(random(seed), folder);
  const read = await made?.catch(
    (error) => () => Promise.reject(new Broken(`the input was not made: ${error}`)),
  );
  if (read === undefined) throw new Error(`no kind is called ${kind}`);
  process.send?.('ready');
  resetPeak();
  const start = performance.now();
  const done = (outcome: Outcome['outcome'], text: string): Outcome => {
    const milliseconds = performance.now() - start;
    return { outcome, text, milliseconds, peak: residentMemory('self', 'VmHWM') };
  };
  try {
    await read();
    return done('answer', '');
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) return done('error', firstLine(error));
    return done('fault', `${fault}\n${(error as Error)?.stack ?? ''}`);
  }
}

makeConsolePrintable();
let unhandled: unknown;
process.on('unhandledRejection', (error) => {
  unhandled = error;
});
process.on('message', async (task: Task) => {
  let result = await tryInput(task);
  if (unhandled !== undefined) {
    result = { ...result, outcome: 'fault', text: `an error that nobody caught: ${String(unhandled)}` };
    unhandled = undefined;
  }
  process.send?.(result);
});
process.send?.('started');
