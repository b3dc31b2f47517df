/** What commands show of their progress, and how they write numbers. */
import { SingleBar } from 'cli-progress';

/** A bar that counts, such as scenes written; it shows with the first and goes when stopped. */
export class CountingBar {
  readonly #bar: SingleBar;

  constructor(what: string) {
    this.#bar = new SingleBar({
      format: `${what} {bar} {value}/{total}`,
      barsize: 24,
      clearOnComplete: true,
      hideCursor: true,
      stream: process.stderr,
    });
  }

  update(done: number, total: number): void {
    if (this.#bar.isActive) this.#bar.update(done);
    else this.#bar.start(total, done);
  }

  stop(): void {
    this.#bar.stop();
  }
}

/** A share as `93.2 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** `1 epoch`, `2 epochs`. */
export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** A span of time as `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.round(seconds)} s`;
}
