/**
 * Progress of a long run on the error stream: one line that is redrawn on a terminal, else a line now and
 * then.
 */
import { groupedCount } from '../../text/count.ts';
import { duration } from '../../text/duration.ts';
import { printable } from '../../text/printable.ts';

/** Milliseconds between two updates. */
const onTerminal = 500;
const elsewhere = 30_000;

export interface ProgressState {
  /** Pictures finished, including those of earlier processes. */
  readonly done: number;
  readonly failed: number;
  /** The finished share, in [0, 1]. */
  readonly share: number;
}

export class Progress {
  readonly #what: string;
  readonly #stream: NodeJS.WriteStream;
  readonly #now: () => number;
  /** The state after the first picture: the time before it was spent on opening the model. */
  #first: (ProgressState & { readonly at: number }) | undefined;
  #last: number;
  #shows = false;

  /** @param now the clock, in milliseconds */
  constructor(
    what: string,
    stream: NodeJS.WriteStream = process.stderr,
    now: () => number = () => performance.now(),
  ) {
    this.#what = what;
    this.#stream = stream;
    this.#now = now;
    this.#last = now();
  }

  /** Must be called after each picture. */
  update(state: () => ProgressState): void {
    const now = this.#now();
    this.#first ??= { ...state(), at: now };
    if (now - this.#last < (this.#stream.isTTY ? onTerminal : elsewhere)) return;
    this.#last = now;
    this.#write(this.line(state()));
  }

  line({ done, failed, share }: ProgressState): string {
    const first = this.#first ?? { done, share, at: this.#now() };
    const seconds = (this.#now() - first.at) / 1000;
    const [more, gained] = [done - first.done, share - first.share];
    const left = gained > 0 ? `${duration((seconds * (1 - share)) / gained)} left` : '';
    const parts = [
      `${this.#what}: ${groupedCount(done, 'picture')} (${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %)`,
      more > 0 ? `${(more / seconds).toFixed(1)} pictures/s` : '',
      left,
      failed > 0 ? `${failed} failed` : '',
    ];
    return parts.filter(Boolean).join(', ');
  }

  /** Prints another line. */
  say(text: string): void {
    this.stop();
    this.#stream.write(`${printable(text)}\n`);
  }

  /** Removes the line from a terminal. */
  stop(): void {
    if (this.#shows) this.#stream.write('\r\x1b[K');
    this.#shows = false;
  }

  #write(line: string): void {
    if (!this.#stream.isTTY) this.#stream.write(`${line}\n`);
    else {
      this.#stream.write(`\r\x1b[K${line}`);
      this.#shows = true;
    }
  }
}
