import { randomBytes } from 'node:crypto';

export interface StoredFile {
  /** Media type. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

interface Entry {
  readonly files: ReadonlyMap<string, StoredFile>;
  readonly bytes: number;
  /** When it expires, in milliseconds. */
  readonly until: number;
}

export interface ResultStoreOptions {
  /** Limit on the stored bytes: the oldest results are dropped for new ones. */
  readonly maxBytes: number;
  /** How long a result is stored, in milliseconds. */
  readonly maxAge: number;
  /** A clock in milliseconds. */
  readonly now?: () => number;
}

/** Results stored in memory for links, limited in bytes and age. */
export class ResultStore {
  readonly #options: Required<ResultStoreOptions>;
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor({ maxBytes, maxAge, now = () => performance.now() }: ResultStoreOptions) {
    this.#options = { maxBytes, maxAge, now };
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Stores some files.
   * @returns their id, which cannot be guessed; undefined if they exceed the limit
   */
  put(files: ReadonlyMap<string, StoredFile>): string | undefined {
    const { maxBytes, maxAge, now } = this.#options;
    const bytes = [...files.values()].reduce((sum, file) => sum + file.bytes.length, 0);
    if (bytes > maxBytes) return undefined;
    this.sweep();
    for (const id of this.#entries.keys()) {
      if (this.#bytes + bytes <= maxBytes) break;
      this.#drop(id);
    }
    const id = randomBytes(16).toString('hex');
    this.#entries.set(id, { files, bytes, until: now() + maxAge });
    this.#bytes += bytes;
    return id;
  }

  /** A file of a result; undefined if it does not exist, or has expired. */
  get(id: string, name: string): StoredFile | undefined {
    this.sweep();
    return this.#entries.get(id)?.files.get(name);
  }

  /** Drops expired results. */
  sweep(): void {
    const now = this.#options.now();
    for (const [id, { until }] of this.#entries) {
      if (until > now) break; // all later ones are younger
      this.#drop(id);
    }
  }

  #drop(id: string): void {
    this.#bytes -= this.#entries.get(id)?.bytes ?? 0;
    this.#entries.delete(id);
  }
}
