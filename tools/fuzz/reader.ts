/** A process that reads inputs, replaced when it ends, is late or uses too much memory. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import type { Kind } from './kind.ts';
import type { Outcome, Task } from './process.ts';

/** Time limit for creating an input, in milliseconds: that is this program's own work. */
const making = 120_000;

export class Reader {
  #child: Promise<ChildProcess> | undefined;
  #said = '';

  /**
   * Reads one input.
   * @param folder empty, or not there: it is created, and the input stays in it
   */
  async read(kind: Kind, seed: number, folder: string): Promise<Outcome> {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    this.#child ??= this.#start();
    const child = await this.#child;
    this.#said = '';
    const task: Task = { kind: kind.name, seed, folder };
    const outcome = await this.#outcome(child, task, 1000 * (kind.seconds ?? 30));
    const most = kind.megabytes ?? 2000;
    // Output of native libraries, or of Node itself, bypasses the process's own streams.
    if (outcome.outcome !== 'fault' && this.#said.trim() !== '') {
      return { ...outcome, outcome: 'fault', text: `it printed: ${this.#said.trim().slice(0, 500)}` };
    }
    if (outcome.outcome !== 'fault' && (outcome.peak ?? 0) > most) {
      this.end();
      return { ...outcome, outcome: 'fault', text: `${outcome.peak?.toFixed(0)} MiB; at most ${most}` };
    }
    return outcome;
  }

  end(): void {
    void this.#child?.then((child) => child.kill('SIGKILL'));
    this.#child = undefined;
  }

  #outcome(child: ChildProcess, task: Task, limit: number): Promise<Outcome> {
    let start = performance.now();
    return new Promise((resolve) => {
      const fault = (text: string): void => {
        this.#child = undefined;
        child.kill('SIGKILL');
        finish({ outcome: 'fault', text, milliseconds: performance.now() - start });
      };
      let late = setTimeout(() => fault('the input was not made'), making);
      const answered = (answer: 'ready' | Outcome): void => {
        if (answer !== 'ready') {
          finish(answer);
          return;
        }
        clearTimeout(late);
        start = performance.now();
        late = setTimeout(() => fault(`no answer within ${limit / 1000} s`), limit);
      };
      const ended = (code: number | null, signal: string | null): void =>
        fault(`the process ended (${code ?? signal}): ${this.#said.trim().slice(-500)}`);
      const finish = (outcome: Outcome): void => {
        clearTimeout(late);
        child.off('message', answered).off('close', ended);
        // Its streams are pipes, whose data may arrive after the message.
        setTimeout(() => resolve(outcome), 2);
      };
      child.on('message', answered).on('close', ended);
      child.send(task);
    });
  }

  async #start(): Promise<ChildProcess> {
    const child = fork(new URL('./process.ts', import.meta.url), {
      silent: true,
      execArgv: ['--import', import.meta.resolve('tsx')],
      env: { ...process.env, NO_COLOR: '1' },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
      });
    }
    await once(child, 'message');
    return child;
  }
}
