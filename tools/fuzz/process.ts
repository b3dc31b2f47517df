/**
 * The process that reads inputs, one after the other, each in a folder of its own. A message `{ kind, seed, folder }` is answered by
 * `ready` when the input lies there and reading begins, and by what came of it.
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
  /** Whether an answer or a clear error came; else what is wrong. */
  readonly outcome: 'answer' | 'error' | 'fault';
  readonly text: string;
  readonly milliseconds: number;
  /** The most memory since reading began, MiB; undefined where the system does not tell. */
  readonly peak?: number;
}

/** Linux counts the most resident memory anew from here. */
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
