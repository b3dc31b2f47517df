/**
 * Runs contenders in turn. Each is a child process that prints the line `ready`, answers every line `go` with
 * one line of JSON that has its time in `ms`, and, once its input ends, prints `{"peakMiB": number}` and
 * exits.
 *
 * Alternating them round by round exposes all to the same noise of the machine; medians and ratios are
 * reported.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

export interface Contender {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Timing {
  readonly name: string;
  /** One for each round, in milliseconds. */
  readonly rounds: readonly number[];
  /** The median of the rounds, in milliseconds. */
  readonly ms: number;
  /** The process's largest resident size, in MiB. */
  readonly peakMiB: number;
  /** The other fields of the last round's line. */
  readonly last: Readonly<Record<string, unknown>>;
}

/**
 * Pause between two contenders, in ms: threads of the previous one spin while they wait for more work, and
 * would take CPU time from the next one.
 */
const pause = 300;

/**
 * Runs every contender once a round, one after the other; the first round warms up and is not counted.
 * @throws when a contender fails, with what it printed.
 */
export async function alternate(contenders: readonly Contender[], rounds: number): Promise<Timing[]> {
  const running = contenders.map((contender) => new Running(contender));
  try {
    for (const child of running) await child.line(); // ready
    const times: number[][] = running.map(() => []);
    const last: Record<string, unknown>[] = running.map(() => ({}));
    for (let round = 0; round <= rounds; round++) {
      for (const [i, child] of running.entries()) {
        await setTimeout(pause);
        const result = await child.go();
        if (round > 0) times[i].push(result.ms as number);
        last[i] = result;
      }
    }
    const timings: Timing[] = [];
    for (const [i, child] of running.entries()) {
      const peakMiB = await child.end();
      timings.push({ name: child.name, rounds: times[i], ms: median(times[i]), peakMiB, last: last[i] });
    }
    return timings;
  } finally {
    for (const child of running) child.kill();
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

class Running {
  readonly name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor({ name, command, args, env }: Contender) {
    this.name = name;
    this.#child = spawn(command, args, { env: { ...process.env, ...env } });
    this.#child.stderr.on('data', (text) => {
      this.#errors = (this.#errors + text).slice(-4000);
    });
    this.#child.stdin.on('error', () => {}); // a contender that died is noticed by its missing answer
    this.#child.on('error', (error) => {
      this.#errors += error.message;
    });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} ended early\n${this.#errors}`);
    return value;
  }

  async go(): Promise<Record<string, unknown>> {
    this.#child.stdin.write('go\n');
    return JSON.parse(await this.line());
  }

  async end(): Promise<number> {
    this.#child.stdin.end();
    return JSON.parse(await this.line()).peakMiB;
  }

  kill(): void {
    this.#child.kill();
  }
}
