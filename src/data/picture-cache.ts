/** Decoded pictures kept in memory from one pass over the data to the next. */
import type { Picture } from '../tensor/tensor.ts';

/**
 * Pictures under a key, up to a number of bytes; once that is reached nothing more is taken in (passes over the data read
 * every file once, so giving up old entries for new ones would gain nothing). Remembers which files cannot be read, too.
 */
export class PictureCache {
  /** Files that could not be read, by path, with their errors; they are not tried again. */
  readonly unreadable: Map<string, Error> = new Map();
  readonly #pictures: Map<string, Picture> = new Map();
  readonly #budget: number;
  #bytes = 0;

  /** @param budget bytes of pixels, default 512 MiB; 0 keeps nothing. */
  constructor(budget: number = 512 * 2 ** 20) {
    if (!(budget >= 0)) throw new Error(`PictureCache: the budget is a number of bytes >= 0, got ${budget}`);
    this.#budget = budget;
  }

  /** Bytes of pixels held. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Picture | undefined {
    return this.#pictures.get(key);
  }

  /** Keeps the picture, unless the key is known or the budget would be exceeded. It must not be changed afterwards. */
  add(key: string, picture: Picture): void {
    if (this.#pictures.has(key) || this.#bytes + picture.data.byteLength > this.#budget) return;
    this.#pictures.set(key, picture);
    this.#bytes += picture.data.byteLength;
  }
}
