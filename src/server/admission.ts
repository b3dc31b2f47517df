import { Problem } from './problem.ts';

/** Weight of a new request's duration in the running mean. */
const weight = 0.2;

/** A request that was admitted. */
export interface Entry {
  /**
   * Takes this many places, or all if that is less.
   * @throws as `Admission.check` does
   */
  take(places: number): void;
  /** Must be called once, when the request is done. */
  leave(): void;
}

/** Limits the requests in progress, waiting ones included; beyond the limit a request is refused at once. */
export class Admission {
  readonly #most: number;
  readonly #now: () => number;
  #inWork = 0;
  /** Places taken: large requests take more than one. */
  #places = 0;
  /** Running mean of the requests' durations, in seconds. */
  #meanDuration = 1;
  #onIdle: (() => void)[] = [];

  /**
   * @param most requests at a time, >= 1
   * @param now a clock in milliseconds
   */
  constructor(most: number, now: () => number = () => performance.now()) {
    this.#most = most;
    this.#now = now;
  }

  get inWork(): number {
    return this.#inWork;
  }

  /** @throws Problem 429, with the time of the next try, when the limit is reached */
  check(places = 1): void {
    if (this.#places + places <= this.#most) return;
    const seconds = Math.min(60, Math.max(1, Math.ceil(this.#meanDuration)));
    throw new Problem(429, `${this.#most} requests are in progress, which is the limit`, {
      'Retry-After': String(seconds),
    });
  }

  /**
   * Admits a request.
   * @throws as `check` does
   */
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

  /** Settles when no request is in progress. */
  idle(): Promise<void> {
    if (this.#inWork === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }
}
