import { Problem } from './problem.ts';

/** How much a new request's duration counts in the mean. */
const weight = 0.2;

/** A request that was taken in. */
export interface Entry {
  /** Takes so many places of the number in all, or all that there are. @throws as `Admission.check` does */
  take(places: number): void;
  /** To be called once, when it is done. */
  leave(): void;
}

/** How many requests are worked on, waiting ones included: a bounded number, and beyond that a request is refused at once. */
export class Admission {
  readonly #most: number;
  readonly #now: () => number;
  #inWork = 0;
  /** What they take of the number: large ones take more than one. */
  #places = 0;
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
  check(places = 1): void {
    if (this.#places + places <= this.#most) return;
    const seconds = Math.min(60, Math.max(1, Math.ceil(this.#meanDuration)));
    throw new Problem(429, `${this.#most} requests are being worked on, which is the most`, {
      'Retry-After': String(seconds),
    });
  }

  /** Takes a request in. @throws as `check` does */
  enter(): Entry {
    this.check();
    this.#inWork++;
    this.#places++;
    let taken = 1;
    const start = this.#now();
    const take = (places: number): void => {
      const more = Math.min(places, this.#most) - taken;
      if (more <= 0) return;
      this.check(more);
      this.#places += more;
      taken += more;
    };
    const leave = (): void => {
      this.#meanDuration += weight * ((this.#now() - start) / 1000 - this.#meanDuration);
      this.#inWork--;
      this.#places -= taken;
      if (this.#inWork === 0) for (const tell of this.#onIdle.splice(0)) tell();
    };
    return { take, leave };
  }

  /** Settles when nothing is worked on. */
  idle(): Promise<void> {
    if (this.#inWork === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }
}
