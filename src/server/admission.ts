import { Problem } from './problem.ts';

/** How much a new request's duration counts in the mean. */
const weight = 0.2;

/** How many requests are worked on, waiting ones included: a bounded number, and beyond that a request is refused at once. */
export class Admission {
  readonly #most: number;
  readonly #now: () => number;
  #inWork = 0;
  /** Of requests, in seconds, the recent ones weighing most. */
  #meanDuration = 1;
  #onIdle: (() => void)[] = [];

  /** @param most requests at a time, >= 1. @param now the time in milliseconds, from any moment on */
  constructor(most: number, now: () => number = () => performance.now()) {
    this.#most = most;
    this.#now = now;
  }

  get inWork(): number {
    return this.#inWork;
  }

  /** @throws Problem 429, saying when to come again, where the number is reached */
  check(): void {
    if (this.#inWork < this.#most) return;
    const seconds = Math.min(60, Math.max(1, Math.ceil(this.#meanDuration)));
    throw new Problem(429, `${this.#most} requests are being worked on, which is the most`, {
      'Retry-After': String(seconds),
    });
  }

  /** Takes a request in. @returns to be called once, when it is done. @throws as `check` does */
  enter(): () => void {
    this.check();
    this.#inWork++;
    const start = this.#now();
    return () => {
      this.#meanDuration += weight * ((this.#now() - start) / 1000 - this.#meanDuration);
      this.#inWork--;
      if (this.#inWork === 0) for (const tell of this.#onIdle.splice(0)) tell();
    };
  }

  /** Settles when nothing is worked on. */
  idle(): Promise<void> {
    if (this.#inWork === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }
}
