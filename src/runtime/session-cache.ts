/** A cache of the sessions that were used last, within limits. */
import type { Session } from './session.ts';

export interface CacheBounds {
  /** Limit on the bytes of all sessions, as estimated by their users. Default: none. */
  readonly bytes?: number;
  /** Limit on the number of sessions. Default: none. */
  readonly sessions?: number;
}

/** The key of a session, and its size. */
export interface SessionPlace {
  /** Its owner. The cache does not look at what sessions compute: two owners never share one. */
  readonly owner: object;
  /** Which of the owner's sessions. */
  readonly key: string;
  /** Estimated memory after a run. */
  readonly bytes: number;
}

interface Kept extends Omit<SessionPlace, 'bytes'> {
  /** The largest estimate so far. */
  bytes: number;
  /** Number of uses in progress or waiting. */
  uses: number;
  made?: Promise<{ readonly session: Session }>;
}

/**
 * Beyond the limits the least recently used sessions are released. Sessions in use never are, so the limits
 * may be exceeded while all are in use. A session that is larger than the limit is released after its use.
 */
export class SessionCache {
  readonly #most: Required<CacheBounds>;
  /** Least recently used first. */
  #kept: Kept[] = [];
  readonly #last = new WeakMap<object, Promise<unknown>>();

  constructor({ bytes = Number.POSITIVE_INFINITY, sessions = Number.POSITIVE_INFINITY }: CacheBounds = {}) {
    this.#most = { bytes, sessions };
  }

  /** Bytes of all cached sessions. */
  get bytes(): number {
    return this.#kept.reduce((sum, one) => sum + one.bytes, 0);
  }

  get size(): number {
    return this.#kept.length;
  }

  /**
   * Uses a session. Uses of one owner wait for each other: some runtimes cannot run two sessions at a time.
   * @param make opens the session, with what belongs to it, if it is not cached
   * @param use ends before the owner's next use begins
   * @throws what either throws; a session that could not be opened is tried again the next time
   */
  use<T extends { readonly session: Session }, R>(
    place: SessionPlace,
    make: () => Promise<T>,
    use: (made: T) => Promise<R>,
  ): Promise<R> {
    const kept = this.#place(place);
    const run = async (): Promise<R> => {
      try {
        kept.made ??= this.#trim().then(make);
        return await use((await this.#madeOf(kept)) as T);
      } finally {
        kept.uses--;
        if (kept.made === undefined && kept.uses === 0) this.#kept = this.#kept.filter((one) => one !== kept);
        await this.#trim();
      }
    };
    const result = (this.#last.get(place.owner) ?? Promise.resolve()).then(run);
    this.#last.set(
      place.owner,
      result.catch(() => {}),
    );
    return result;
  }

  /** Releases an owner's sessions, once none of them is running. */
  async release(owner: object): Promise<void> {
    await this.#last.get(owner);
    const released = this.#kept.filter((one) => one.owner === owner && one.uses === 0);
    this.#kept = this.#kept.filter((one) => !released.includes(one));
    await Promise.all(released.map(releaseKept));
  }

  /** Makes a session the most recently used. */
  #place({ owner, key, bytes }: SessionPlace): Kept {
    const before = this.#kept.find((one) => one.owner === owner && one.key === key);
    const kept = before ?? { owner, key, bytes, uses: 0 };
    kept.bytes = Math.max(kept.bytes, bytes);
    kept.uses++;
    this.#kept = [...this.#kept.filter((one) => one !== kept), kept];
    return kept;
  }

  async #madeOf(kept: Kept): Promise<unknown> {
    try {
      return await kept.made;
    } catch (error) {
      kept.made = undefined;
      throw error;
    }
  }

  async #trim(): Promise<void> {
    const dropped: Kept[] = [];
    for (const one of [...this.#kept]) {
      if (this.bytes <= this.#most.bytes && this.size <= this.#most.sessions) break;
      if (one.uses > 0) continue;
      this.#kept = this.#kept.filter((other) => other !== one);
      dropped.push(one);
    }
    await Promise.all(dropped.map(releaseKept));
  }
}

async function releaseKept({ made }: Kept): Promise<void> {
  await (await made)?.session.release();
}
