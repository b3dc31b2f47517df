/** What a kind of input is to `npm run fuzz`. */
import type { Random } from '../../src/tensor/random.ts';

export interface Kind {
  readonly name: string;
  /** How many of 100 inputs are of this kind. */
  readonly share: number;
  /** The longest that reading may take. Default 30: for readers that hang, not for machines that are slow. */
  readonly seconds?: number;
  /** What the process may need at once, in MiB. Default 2,000; the process itself, with all that it has loaded, takes some 400. */
  readonly megabytes?: number;
  /**
   * Puts an input into an empty folder, and gives what reads it. Reading may throw an `Error` of one clear line, and nothing else; it
   * throws `Broken` where the answer cannot be right.
   */
  readonly input: (rng: Random, folder: string) => Promise<() => Promise<unknown>>;
}

/** The answer cannot be right: not a number, not of the promised size, two errors in the place of one. */
export class Broken extends Error {}

export function check(holds: boolean, what: string): void {
  if (!holds) throw new Broken(what);
}

export function oneOf<T>(rng: Random, list: readonly T[]): T {
  return list[rng.integer(list.length)];
}
