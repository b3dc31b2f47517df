/** Keeps decoded pictures in memory between passes over the data. */
import type { FileError } from '../../errors/file-error.ts';
import { type Picture, sizeOf, tensor } from '../../tensor/tensor.ts';

/** Default size of a cache: 512 MiB of pixels. */
export const defaultCacheBytes: number = 512 * 2 ** 20;

/** Pictures are stored in blocks of about this many bytes. */
const blockBytes = 4 * 2 ** 20;

/** All pictures of one shape, stored consecutively. */
interface Shelf {
  readonly blocks: Uint8Array[];
  /** Index of each picture by path, from 0. */
  readonly places: Map<string, number>;
}

/**
 * Pictures by path and shape, up to a number of bytes. A full cache takes no more: a pass reads every file
 * once, so eviction would gain nothing. The cache also remembers unreadable files.
 *
 * Pictures are in shared memory, so that worker threads read them without a copy.
 */
export class PictureCache {
  /** Files that could not be read, with their errors, by path. They are not tried again. */
  readonly unreadable: Map<string, FileError> = new Map();
  readonly #shelves: Map<string, Shelf> = new Map();
  readonly #budget: number;
  #bytes = 0;

  /**
   * @param budget bytes of pixels, default 512 MiB; 0 keeps nothing
   * @throws when the budget is negative or NaN
   */
  constructor(budget: number = defaultCacheBytes) {
    if (!(budget >= 0)) throw new Error(`PictureCache: the budget is a number of bytes >= 0, got ${budget}`);
    this.#budget = budget;
  }

  /** Bytes of pixels held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether another picture of this shape fits into the budget. */
  hasRoom(shape: readonly number[]): boolean {
    return this.#bytes + sizeOf(shape) <= this.#budget;
  }

  /** The picture, `[H, W, C]`, in shared memory; it must not be changed. */
  get(path: string, shape: readonly number[]): Picture | undefined {
    const shelf = this.#shelves.get(String(shape));
    const place = shelf?.places.get(path);
    if (shelf === undefined || place === undefined) return undefined;
    return tensor('uint8', shape, slot(shelf, place, sizeOf(shape)));
  }

  /** Stores a copy, unless the picture is already stored or the budget would be exceeded. */
  add(path: string, { shape, data }: Picture): void {
    if (!this.hasRoom(shape)) return;
    let shelf = this.#shelves.get(String(shape));
    if (shelf === undefined) {
      shelf = { blocks: [], places: new Map() };
      this.#shelves.set(String(shape), shelf);
    }
    if (shelf.places.has(path)) return;
    const place = shelf.places.size;
    const perBlock = picturesPerBlock(data.length);
    if (place === perBlock * shelf.blocks.length) {
      shelf.blocks.push(new Uint8Array(new SharedArrayBuffer(perBlock * data.length)));
    }
    shelf.places.set(path, place);
    slot(shelf, place, data.length).set(data);
    this.#bytes += data.length;
  }
}

function picturesPerBlock(bytes: number): number {
  return Math.max(1, Math.floor(blockBytes / bytes));
}

function slot({ blocks }: Shelf, place: number, bytes: number): Uint8Array {
  const perBlock = picturesPerBlock(bytes);
  const at = (place % perBlock) * bytes;
  return blocks[Math.floor(place / perBlock)].subarray(at, at + bytes);
}
