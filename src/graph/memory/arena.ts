/**
 * A model of ONNX Runtime's arena for the CPU (`BFCArena`, ONNX Runtime 1.30, with its defaults): which
 * addresses buffers get, and so how much memory the process holds afterwards. A page that was written once
 * stays with the process.
 */

/** Buffers begin and end at multiples of this, in bytes. */
const unit = 256;
/** Bytes of the first region. Each later one is twice as large as the one before, or larger. */
const firstRegion = 2 ** 20;
/** A chunk is split where more than this is left over, in bytes, even if that is less than half of it. */
const maxLeftOver = 128 * 2 ** 20;
/** Bytes that the operating system allocates at a time. */
const page = 4096;

/** A piece of a region. */
export interface Chunk {
  readonly region: number;
  readonly start: number;
  readonly size: number;
}

export class Arena {
  /** For each region, which pages were written. */
  readonly #written: Uint8Array[] = [];
  #free: Chunk[] = [];
  #nextRegion = firstRegion;

  /** Bytes of all pages ever written. */
  get resident(): number {
    let pages = 0;
    for (const region of this.#written) for (const written of region) pages += written;
    return page * pages;
  }

  /** The smallest free chunk that is large enough, the first of equal ones; a new region if there is none. */
  take(bytes: number): Chunk {
    const size = unit * Math.max(1, Math.ceil(bytes / unit));
    const found = this.#smallest(size) ?? this.#extend(size);
    this.#free = this.#free.filter((chunk) => chunk !== found);
    const { region, start } = found;
    const left = found.size - size;
    const splits = left >= size || left >= maxLeftOver;
    if (splits) this.#free.push({ region, start: start + size, size: left });
    this.#written[region].fill(1, Math.floor(start / page), Math.ceil((start + bytes) / page));
    return splits ? { region, start, size } : found;
  }

  /** Frees a chunk and merges it with free ones beside it. */
  give({ region, start, size }: Chunk): void {
    const touches = (chunk: Chunk): boolean =>
      chunk.region === region && (chunk.start + chunk.size === start || chunk.start === start + size);
    const beside = this.#free.filter(touches);
    this.#free = this.#free.filter((chunk) => !beside.includes(chunk));
    this.#free.push({
      region,
      start: Math.min(start, ...beside.map((chunk) => chunk.start)),
      size: beside.reduce((sum, chunk) => sum + chunk.size, size),
    });
  }

  #smallest(size: number): Chunk | undefined {
    let best: Chunk | undefined;
    for (const chunk of this.#free) {
      if (chunk.size >= size && (!best || isBefore(chunk, best))) best = chunk;
    }
    return best;
  }

  #extend(size: number): Chunk {
    const grows = size > this.#nextRegion;
    while (size > this.#nextRegion) this.#nextRegion *= 2;
    const chunk = { region: this.#written.length, start: 0, size: this.#nextRegion };
    this.#written.push(new Uint8Array(Math.ceil(this.#nextRegion / page)));
    if (!grows) this.#nextRegion *= 2;
    return chunk;
  }
}

function isBefore(a: Chunk, b: Chunk): boolean {
  return (a.size - b.size || a.region - b.region || a.start - b.start) < 0;
}
