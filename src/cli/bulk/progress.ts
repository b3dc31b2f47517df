/** How far a long run is, on the error stream: one line that is written again on a terminal, else a line now and then. */
import { groupedCount } from '../../text/count.ts';
import { duration } from '../../text/duration.ts';
import { printable } from '../../text/printable.ts';

/** Milliseconds between two lines. */
const onTerminal = 500;
const elsewhere = 30_000;

export interface ProgressState {
  /** Pictures of earlier processes, too. */
  readonly done: number;
  readonly failed: number;
  /** Of the whole, in [0, 1]. */
  readonly share: number;
}

export class Progress {
  readonly #what: string;
  readonly #stream: NodeJS.WriteStream;
  readonly #now: () => number;
  readonly #began: number;
  readonly #first: ProgressState;
  #last: number;
  #shows = false;

  /** @param now milliseconds */
  constructor(
    what: string,
    first: ProgressState,
    stream: NodeJS.WriteStream = process.stderr,
    now: () => number = () => performance.now(),
  ) {
    this.#what = what;
    this.#first = first;
    this.#stream = stream;
    this.#now = now;
    this.#began = now();
    this.#last = this.#began;
  }

  /** Told after each picture. */
  update(state: () => ProgressState): void {
    const now = this.#now();
    if (now - this.#last < (this.#stream.isTTY ? onTerminal : elsewhere)) return;
    this.#last = now;
    this.#write(this.line(state()));
  }

  line({ done, failed, share }: ProgressState): string {
    const seconds = (this.#now() - this.#began) / 1000;
    const pace = (done - this.#first.done) / seconds;
    const gained = share - this.#first.share;
    const left = gained > 0 ? `${duration((seconds * (1 - share)) / gained)} left` : '';
    const parts = [
      `${this.#what}: ${groupedCount(done, 'picture')} (${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %)`,
      `${pace.toFixed(1)} pictures/s`,
      left,
      failed > 0 ? `${failed} failed` : '',
    ];
    return parts.filter(Boolean).join(', ');
  }

  /** Says something between. */
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
