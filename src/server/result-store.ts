import { randomBytes } from 'node:crypto';

export interface StoredFile {
  /** Media type. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

interface Entry {
  readonly files: ReadonlyMap<string, StoredFile>;
  readonly bytes: number;
  /** In milliseconds. */
  readonly until: number;
}

export interface ResultStoreOptions {
  /** The most bytes kept: the oldest results make room for new ones. */
  readonly maxBytes: number;
  /** How long a result is kept, in milliseconds. */
  readonly maxAge: number;
  /** The time in milliseconds, from any moment on. */
  readonly now?: () => number;
}

/** Results that are fetched later, in memory: bounded in bytes and in age. */
export class ResultStore {
  readonly #options: Required<ResultStoreOptions>;
  /** From the oldest on. */
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

  /** Keeps some files. @returns their id, which nobody can guess; undefined where they are more than all that may be kept */
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

  /** A file of a result; undefined where there is none, or none any more. */
  get(id: string, name: string): StoredFile | undefined {
    this.sweep();
    return this.#entries.get(id)?.files.get(name);
  }

  /** Drops what is too old. */
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
