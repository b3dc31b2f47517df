import { SingleBar } from 'cli-progress';

/**
 * A progress bar that counts, such as scenes written. It appears with the first count, and disappears when
 * stopped.
 */
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
