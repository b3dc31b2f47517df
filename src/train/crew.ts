/**
 * Ranks that train together. Between two exchanges each rank works alone and may fail or be stopped; all must
 * learn of that at the next exchange. Every exchange therefore has the same form, whatever it is for, so that
 * no rank waits for one that has given up.
 */
import { unlessAborted } from '../data/threads/unless-aborted.ts';
import type { Ranks } from '../runtime/ranks.ts';

/** What a rank reports in an exchange. */
export interface Own {
  /** Whether this rank was told to stop. Default false. */
  readonly stopped?: boolean;
  /** Whether it has no batch left. Default false. */
  readonly ended?: boolean;
  /** Up to three numbers to sum. */
  readonly values?: readonly number[];
}

export interface Agreed {
  /** Whether any rank was told to stop. */
  readonly stopped: boolean;
  /** How many ranks have no batch left. */
  readonly ended: number;
  /** The sums over all ranks. */
  readonly values: readonly number[];
}

/** Options of `Crew`. */
export interface CrewOptions {
  /** Tells this rank to stop. It also ends the wait for ranks that no longer answer. */
  readonly signal?: AbortSignal;
  /** Called when another rank was told to stop; it should set the signal. */
  readonly stop?: () => void;
  /**
   * Milliseconds after the signal for which an exchange is still waited for. Default: 300 for rank 0, which
   * has to save; 60 s for others.
   */
  readonly grace?: number;
}

/**
 * The failure of a rank. All ranks throw it at their next exchange, from `train` and the methods of `Crew`.
 * @example
 * ```ts
 * import { Crew, RankError } from 'high-res-mapping/train';
 *
 * // In place of MPI: the other one of two ranks reports that it has failed, and why.
 * const why = new TextEncoder().encode('disk full');
 * const crew = new Crew({
 *   rank: 0,
 *   size: 2,
 *   meet: async (values) => values.set([1]),
 *   sum: async (lengths) => lengths.set([0, why.length]),
 *   broadcast: async (text) => text.set(why),
 *   abort: () => {},
 *   leave: () => {},
 * });
 * try {
 *   await crew.agree();
 * } catch (error) {
 *   if (error instanceof RankError) console.log(error.rank, error.message); //=> 1 rank 1 of 2: disk full
 * }
 * ```
 */
export class RankError extends Error {
  /** The lowest rank that failed. */
  readonly rank: number;

  constructor(rank: number, message: string) {
    super(message);
    this.rank = rank;
  }
}

/**
 * This rank was told to stop, and the others did not answer an exchange within `CrewOptions.grace`.
 * @example
 * ```ts
 * import { Crew, LeftAlone } from 'high-res-mapping/train';
 *
 * // In place of MPI: the other one of two ranks never comes, and this one was told to stop.
 * const nothing = async () => {};
 * const others = { sum: nothing, broadcast: nothing, abort: () => {}, leave: () => {} };
 * const signal = AbortSignal.abort();
 * const crew = new Crew({ rank: 0, size: 2, meet: () => new Promise(() => {}), ...others }, { signal });
 * try {
 *   await crew.agree();
 * } catch (error) {
 *   console.log(error instanceof LeftAlone, crew.isAlone); //=> true true
 * }
 * ```
 */
export class LeftAlone extends Error {}

/** Numbers of an exchange: how many ranks failed, were told to stop, have no batch left; then the values. */
const header = 6;
/** How many numbers are gathered in one exchange. */
const gatheredAtOnce = 2 ** 20;

/**
 * The ranks of a distributed training, with their exchanges; `TrainOptions.crew` takes it. All ranks call its
 * methods at the same points.
 * @example
 * ```ts
 * import { Crew } from 'high-res-mapping/train';
 *
 * // In place of MPI: the other one of two ranks has the number 3.
 * const crew = new Crew({
 *   rank: 0,
 *   size: 2,
 *   meet: async () => {},
 *   sum: async (values) => values.set([values[0] + 3]),
 *   broadcast: async () => {},
 *   abort: () => {},
 *   leave: () => {},
 * });
 * const gradient = Float32Array.of(1);
 * await crew.average(gradient);
 * console.log(crew.leads, gradient[0]); //=> true 2
 * ```
 */
export class Crew {
  readonly ranks: Ranks;
  readonly #options: CrewOptions;
  /** Errors that the other ranks know of. */
  readonly #told: WeakSet<object> = new WeakSet();
  #isAlone = false;

  constructor(ranks: Ranks, options: CrewOptions = {}) {
    this.ranks = ranks;
    this.#options = options;
  }

  get size(): number {
    return this.ranks.size;
  }

  /** Whether the others did not answer an exchange. Then only `ranks.abort` may be called. */
  get isAlone(): boolean {
    return this.#isAlone;
  }

  /** Whether this is rank 0, which prints and writes. */
  get leads(): boolean {
    return this.ranks.rank === 0;
  }

  /**
   * Exchanges the states of all ranks, and sums up to three numbers.
   * @throws `RankError`, on all ranks, when any has failed; `LeftAlone` when the others did not answer
   */
  async agree({ stopped = false, ended = false, values = [] }: Own = {}): Promise<Agreed> {
    const all = new Float64Array(header);
    all.set([0, Number(stopped), Number(ended), ...values]);
    await this.#meet(all);
    if (all[0] > 0) throw await this.#failure();
    if (all[1] > 0) this.#options.stop?.();
    return { stopped: all[1] > 0, ended: all[2], values: [...all.subarray(3, 3 + values.length)] };
  }

  /**
   * Reports at the next exchange that this rank has failed.
   * @returns the error to throw: the given one, unless a lower rank has failed, too
   */
  async failed(thrown: unknown): Promise<Error> {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (error instanceof RankError || error instanceof LeftAlone || this.#told.has(error)) return error;
    const all = new Float64Array(header);
    all[0] = 1;
    await this.#meet(all);
    this.#told.add(error);
    const told = await this.#failure(error);
    return told.rank === this.ranks.rank ? error : told;
  }

  /** Replaces `values` by their means over all ranks. */
  async average(values: Float32Array): Promise<void> {
    await this.ranks.sum(values);
    for (let i = 0; i < values.length; i++) values[i] /= this.size;
  }

  /** Broadcasts up to three numbers of rank 0 to all ranks. */
  async broadcast(values: readonly number[]): Promise<readonly number[]> {
    return (await this.agree({ values: this.leads ? values : values.map(() => 0) })).values;
  }

  /** Broadcasts bytes of rank 0 to all ranks. */
  async broadcastBytes(bytes: Uint8Array = new Uint8Array()): Promise<Uint8Array> {
    const [length] = await this.broadcast([bytes.length]);
    const out = this.leads ? bytes : new Uint8Array(length);
    await this.ranks.broadcast(out, 0);
    return out;
  }

  /** Gives all ranks the texts of all, by rank. */
  async texts(own: string): Promise<string[]> {
    await this.agree();
    return this.#exchange(own);
  }

  /**
   * Gives all ranks the rows of numbers of which each has some. A float32 is kept bit by bit, except for the
   * sign of 0.
   * @param rows number of rows, over all ranks
   * @param width numbers in a row
   * @param own the row at an index, where this rank has it
   * @param take called with every row, in order; it must copy what it keeps
   */
  async gather(
    rows: number,
    width: number,
    own: (place: number) => ArrayLike<number> | undefined,
    take: (place: number, row: Float32Array) => void,
  ): Promise<void> {
    const atOnce = Math.max(1, Math.floor(gatheredAtOnce / width));
    for (let from = 0; from < rows; from += atOnce) {
      const count = Math.min(atOnce, rows - from);
      const part = new Float32Array(count * width);
      for (let i = 0; i < count; i++) {
        const row = own(from + i);
        if (row) part.set(row, i * width);
      }
      await this.agree();
      await this.ranks.sum(part);
      for (let i = 0; i < count; i++) take(from + i, part.subarray(i * width, (i + 1) * width));
    }
  }

  #meet(values: Float64Array): Promise<void> {
    return this.unlessAlone((signal) => this.ranks.meet(values, signal));
  }

  /**
   * Runs work that changes no state of the training and may be interrupted: after a rank is told to stop, its
   * launcher may leave it only a second to save.
   * @param work its signal is set `grace` after the one to stop
   * @throws `LeftAlone` when it was interrupted
   */
  async unlessAlone<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, grace = this.leads ? 300 : 60_000 } = this.#options;
    const tooLong = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const count = (): void => {
      timer = setTimeout(() => tooLong.abort(new LeftAlone('the other ranks have not answered')), grace);
    };
    if (signal?.aborted) count();
    else signal?.addEventListener('abort', count);
    try {
      return await unlessAborted(work(tooLong.signal), tooLong.signal);
    } catch (error) {
      if (error instanceof LeftAlone) this.#isAlone = true;
      throw error;
    } finally {
      signal?.removeEventListener('abort', count);
      clearTimeout(timer);
    }
  }

  /**
   * The error that all ranks throw after an exchange in which some reported a failure: its rank and one line
   * of text.
   * @param own the failure of this rank
   */
  async #failure(own?: Error): Promise<RankError> {
    const texts = await this.#exchange(own === undefined ? '' : messageOf(own));
    const first = texts.findIndex((text) => text !== '');
    const isShared = texts.every((text) => text === texts[first]);
    return new RankError(first, isShared ? texts[first] : `rank ${first} of ${this.size}: ${texts[first]}`);
  }

  async #exchange(own: string): Promise<string[]> {
    const bytes = new TextEncoder().encode(own);
    const lengths = new Float64Array(this.size);
    lengths[this.ranks.rank] = bytes.length;
    await this.ranks.sum(lengths);
    const texts: string[] = [];
    for (const [rank, length] of lengths.entries()) {
      const text = rank === this.ranks.rank ? bytes : new Uint8Array(length);
      if (length > 0) await this.ranks.broadcast(text, rank);
      texts.push(new TextDecoder().decode(text));
    }
    return texts;
  }
}

/** The text of an error, never empty. */
function messageOf(error: Error): string {
  return error.message || String(error);
}
