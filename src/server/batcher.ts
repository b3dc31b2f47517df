/** Batches requests that arrive together. */

export interface BatcherOptions<Item, Result> {
  /**
   * Computes several items with one key.
   * @param signal aborted when no result is needed any more
   * @returns one result for each, in order
   */
  readonly run: (items: readonly Item[], signal: AbortSignal) => Promise<readonly Result[]>;
  /** Only items with the same key share a batch: images of one size. */
  readonly keyOf: (item: Item) => string;
  /** The largest number of items in a batch, >= 1. */
  readonly most: number;
  /** How long the first item of a batch waits for others, in milliseconds, when nothing is being computed. */
  readonly wait: number;
  /** Called with the size of each batch that is started. */
  readonly onBatch?: (size: number) => void;
}

interface Entry<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  /** Called when a batch takes the item: it no longer waits, even if its signal is aborted. */
  readonly taken: () => void;
  readonly signal?: AbortSignal;
}

/**
 * Puts items that wait at the same time into batches, and runs one batch after the other, in the order of
 * their oldest items.
 *
 * While a batch is computed, new items wait for the next one. If a batch fails, its items are computed again
 * one by one, so that only the faulty item fails. If no result of a batch is needed any more, its signal is
 * aborted, and it fails.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  #waiting: Entry<Item, Result>[] = [];
  #running = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  /** Number of items that no batch has taken yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * The result of one item.
   * @param signal removes the item, unless a batch has taken it
   * @throws what `run` throws, or the signal's reason
   */
  run(item: Item, signal?: AbortSignal): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== entry);
        reject(signal?.reason);
      };
      const taken = (): void => signal?.removeEventListener('abort', leave);
      const entry: Entry<Item, Result> = { item, resolve, reject, taken, signal };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(entry);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#running || this.#waiting.length === 0) return;
    if (this.#next().length >= this.#options.most) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), this.#options.wait);
  }

  /** The oldest item, with those that can share its batch. */
  #next(): Entry<Item, Result>[] {
    const { keyOf, most } = this.#options;
    const key = keyOf(this.#waiting[0].item);
    return this.#waiting.filter(({ item }) => keyOf(item) === key).slice(0, most);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#running || this.#waiting.length === 0) return;
    const batch = this.#next();
    this.#waiting = this.#waiting.filter((entry) => !batch.includes(entry));
    for (const { taken } of batch) taken();
    this.#running = true;
    void this.#compute(batch).finally(() => {
      this.#running = false;
      // Items that came in the meantime have waited long enough.
      this.#start();
    });
  }

  async #compute(batch: readonly Entry<Item, Result>[]): Promise<void> {
    this.#options.onBatch?.(batch.length);
    const unwanted = new AbortController();
    const abandon = (): void => {
      if (batch.every(({ signal }) => signal?.aborted)) unwanted.abort(batch[0].signal?.reason);
    };
    for (const { signal } of batch) signal?.addEventListener('abort', abandon, { once: true });
    abandon();
    try {
      const results = await this.#options.run(
        batch.map(({ item }) => item),
        unwanted.signal,
      );
      if (results.length !== batch.length) {
        throw new Error(`internal: ${results.length} results for a batch of ${batch.length}`);
      }
      batch.forEach(({ resolve }, i) => {
        resolve(results[i]);
      });
    } catch (error) {
      if (unwanted.signal.aborted) for (const { reject, signal } of batch) reject(signal?.reason);
      else if (batch.length === 1) batch[0].reject(error);
      else for (const entry of batch) await this.#compute([entry]);
    } finally {
      for (const { signal } of batch) signal?.removeEventListener('abort', abandon);
    }
  }
}
