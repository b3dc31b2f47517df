/**
 * Ranks that train together, in step: what each does by itself may fail or be stopped, and all must know before they meet again. So every
 * meeting has one form, whatever it is for: nobody waits for a rank that has given up.
 */
import { unlessAborted } from '../data/threads/unless-aborted.ts';
import type { Ranks } from '../runtime/ranks.ts';

/** What a rank brings to a meeting. */
export interface Own {
  /** Told to stop. */
  readonly stopped?: boolean;
  /** At the end of its batches. */
  readonly ended?: boolean;
  /** Up to three numbers. */
  readonly values?: readonly number[];
}

export interface Agreed {
  /** Some rank is told to stop. */
  readonly stopped: boolean;
  /** How many are at the end of their batches. */
  readonly ended: number;
  /** The sums over all ranks. */
  readonly values: readonly number[];
}

/** How a rank is told to stop, and how long it waits for the others. */
export interface CrewOptions {
  /** Tells this rank to stop. Where others do not come to a meeting any more, it ends the waiting. */
  readonly signal?: AbortSignal;
  /** Called when another rank is told to stop; it should set the signal. */
  readonly stop?: () => void;
  /** Milliseconds after the signal for which a meeting is still waited for. Default 300 for rank 0, which has to save; 60 s for others. */
  readonly grace?: number;
}

/** The failure of a rank, as all ranks throw it. */
export class RankError extends Error {
  /** The first one that has failed. */
  readonly rank: number;

  constructor(rank: number, message: string) {
    super(message);
    this.rank = rank;
  }
}

/** This rank is told to stop, and the others have not come to a meeting. */
export class LeftAlone extends Error {}

/** In a meeting's numbers: how many have failed, are told to stop, are at their end; the values. */
const header = 6;
/** Numbers that are gathered at a time. */
const gatheredAtOnce = 2 ** 20;

/** The ranks of a training, as one of them sees them: it meets the others and agrees with them. */
export class Crew {
  readonly ranks: Ranks;
  readonly #options: CrewOptions;
  /** What the others know of already. */
  readonly #told: WeakSet<object> = new WeakSet();
  #isAlone = false;

  constructor(ranks: Ranks, options: CrewOptions = {}) {
    this.ranks = ranks;
    this.#options = options;
  }

  get size(): number {
    return this.ranks.size;
  }

  /** Whether the others have not come to a meeting: no call may follow but `ranks.abort`. */
  get isAlone(): boolean {
    return this.#isAlone;
  }

  /** Whether this rank is the one that prints and writes. */
  get leads(): boolean {
    return this.ranks.rank === 0;
  }

  /** Meets the others. @throws `RankError` where any has failed, on all ranks; `LeftAlone` */
  async agree({ stopped = false, ended = false, values = [] }: Own = {}): Promise<Agreed> {
    const all = new Float64Array(header);
    all.set([0, Number(stopped), Number(ended), ...values]);
    await this.#meet(all);
    if (all[0] > 0) throw await this.#failure();
    if (all[1] > 0) this.#options.stop?.();
    return { stopped: all[1] > 0, ended: all[2], values: [...all.subarray(3, 3 + values.length)] };
  }

  /**
   * Tells the others that this rank has failed, at their next meeting.
   * @returns what to throw: the error itself where no rank before this one has failed
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

  /** Puts the means over all ranks into `values`. */
  async average(values: Float32Array): Promise<void> {
    await this.ranks.sum(values);
    for (let i = 0; i < values.length; i++) values[i] /= this.size;
  }

  /** Numbers of rank 0, up to three, on all ranks. */
  async ofFirst(values: readonly number[]): Promise<readonly number[]> {
    return (await this.agree({ values: this.leads ? values : values.map(() => 0) })).values;
  }

  /** Bytes of rank 0, on all ranks. */
  async bytesOfFirst(bytes: Uint8Array = new Uint8Array()): Promise<Uint8Array> {
    const [length] = await this.ofFirst([bytes.length]);
    const out = this.leads ? bytes : new Uint8Array(length);
    await this.ranks.broadcast(out, 0);
    return out;
  }

  /** A text of each rank, on all ranks. */
  async texts(own: string): Promise<string[]> {
    await this.agree();
    return this.#exchange(own);
  }

  /**
   * Rows of numbers of which each rank has some, on all ranks. A float32 is kept to the bit, but for the sign of 0.
   * @param rows how many there are @param width numbers in each
   * @param own the row at a place, where this rank has it
   * @param take told of every row, in their order; it must copy what it keeps
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
   * Work that changes nothing of the training's state, and may be left in the middle: when this rank is told to stop, the
   * launcher may give it no more than a second to save.
   * @param work its signal comes a grace after the one to stop
   * @throws `LeftAlone` then
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

  /** After a meeting that some have come to with a failure: which one, in one line. @param own of this rank */
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

/** What is shown of an error: never nothing. */
function messageOf(error: Error): string {
  return error.message || String(error);
}
