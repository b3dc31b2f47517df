/** One session of a graph whose shapes are fixed, for the size that was seen last. */
import type { Session } from './session.ts';

/** Uses wait for one another: one may change the session. */
export class SessionBySize<K, T extends { readonly session: Session }> {
  #open: { readonly size: K; readonly made: T } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param make makes the session, with what belongs to it; called when the size is another than before
   * @param use done before the next one begins
   */
  use<R>(size: K, make: () => Promise<T>, use: (made: T) => Promise<R>): Promise<R> {
    const result = this.#last.then(async () => use(await this.#at(size, make)));
    this.#last = result.catch(() => {});
    return result;
  }

  /** When nothing runs in it any more. */
  async release(): Promise<void> {
    await this.#last;
    await this.#drop();
  }

  async #at(size: K, make: () => Promise<T>): Promise<T> {
    if (this.#open?.size === size) return this.#open.made;
    await this.#drop();
    const made = await make();
    this.#open = { size, made };
    return made;
  }

  async #drop(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.made.session.release();
  }
}
