/** Sessions that are kept for the next time: those used last, within bounds. */
import type { Session } from './session.ts';

export interface CacheBounds {
  /** The most bytes of all sessions together, as their users estimate them. Default: any number. */
  readonly bytes?: number;
  /** The most sessions. Default: any number. */
  readonly sessions?: number;
}

/** What a session is kept under, and what it takes. */
export interface SessionPlace {
  /** Whose it is: what it computes is the owner's affair, so two owners never share one. */
  readonly owner: object;
  /** Which of the owner's. */
  readonly key: string;
  /** About how much memory it takes, once it has run. */
  readonly bytes: number;
}

interface Kept extends Omit<SessionPlace, 'bytes'> {
  /** The most that a use has said. */
  bytes: number;
  /** Uses under way or waiting. */
  uses: number;
  made?: Promise<{ readonly session: Session }>;
}

/**
 * Beyond the bounds the sessions that were used longest ago are released; those in use never are, so the bounds may be passed as
 * long as they all work. A session that is larger than all that may be kept is released when its use is over.
 */
export class SessionCache {
  readonly #most: Required<CacheBounds>;
  /** From the one used longest ago on. */
  #kept: Kept[] = [];
  readonly #last = new WeakMap<object, Promise<unknown>>();

  constructor({ bytes = Number.POSITIVE_INFINITY, sessions = Number.POSITIVE_INFINITY }: CacheBounds = {}) {
    this.#most = { bytes, sessions };
  }

  /** Of all that are kept. */
  get bytes(): number {
    return this.#kept.reduce((sum, one) => sum + one.bytes, 0);
  }

  get size(): number {
    return this.#kept.length;
  }

  /**
   * Uses of one owner wait for one another: not every runtime runs two sessions at a time.
   * @param make makes the session, with what belongs to it, where none is kept
   * @param use done before the owner's next one begins
   * @throws what either throws; a session that could not be made is tried again the next time
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

  /** Releases an owner's sessions, when nothing runs in them any more. */
  async release(owner: object): Promise<void> {
    await this.#last.get(owner);
    const released = this.#kept.filter((one) => one.owner === owner && one.uses === 0);
    this.#kept = this.#kept.filter((one) => !released.includes(one));
    await Promise.all(released.map(releaseKept));
  }

  /** The one used last from now on. */
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
