/** The description of a kind of input for `npm run fuzz`. */
import type { Random } from '../../src/tensor/random.ts';

export interface Kind {
  readonly name: string;
  /** How many of 100 inputs are of this kind. */
  readonly share: number;
  /** Time limit of reading, in seconds: for readers that hang, not for slow machines. Default 30. */
  readonly seconds?: number;
  /**
   * Memory limit of the process, in MiB. Default 2,000; with all its modules loaded, the process takes about
   * 400.
   */
  readonly megabytes?: number;
  /**
   * Puts an input into an empty folder.
   * @returns the function that reads it. It may throw an `Error` of one clear line, and nothing else; it
   * throws `Broken` if the result cannot be right.
   */
  readonly input: (rng: Random, folder: string) => Promise<() => Promise<unknown>>;
}

/** The result cannot be right: NaN, another size than promised, two errors instead of one. */
export class Broken extends Error {}

export function check(holds: boolean, what: string): void {
  if (!holds) throw new Broken(what);
}

export function oneOf<T>(rng: Random, list: readonly T[]): T {
  return list[rng.integer(list.length)];
}
