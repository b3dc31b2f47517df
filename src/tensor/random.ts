/** Seeded random numbers: the same seed gives the same sequence on every machine. */

/** The generator's complete state, four 32-bit words: `randomFrom` continues from a saved state. */
export type RandomState = readonly [number, number, number, number];

/** A seeded random generator. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** Uniform whole number in [0, n). */
  integer(n: number): number;
  /** Standard normal deviate (Box-Muller). */
  normal(): number;
  /** A new array with the items in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** The whole state. */
  state(): RandomState;
}

/**
 * A generator from a seed, any whole number; its lowest 32 bits count. Its state is drawn from splitmix32,
 * so that neighbouring seeds give unrelated sequences.
 * @throws when the seed is not a whole number
 * @example
 * ```ts
 * import { random } from 'high-res-mapping';
 *
 * const dice = random(7);
 * console.log([1, 2, 3, 4, 5].map(() => 1 + dice.integer(6)).join(' ')); //=> 2 1 4 1 4
 * console.log(dice.shuffle(['a', 'b', 'c', 'd']).join(' ')); //=> d a c b
 * console.log(random(7).next() === random(7).next()); //=> true
 * ```
 */
export function random(seed: number): Random {
  if (!Number.isInteger(seed)) throw new Error(`Random: the seed must be a whole number, got ${seed}`);
  let s = seed | 0;
  const word = (): number => {
    s = (s + 0x9e3779b9) | 0;
    let t = s ^ (s >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
  return randomFrom([word(), word(), word(), word()]);
}

/** sfc32 (Doty-Humphrey, PractRand): small, fast, passes the usual test suites. */
function randomFrom(state: RandomState): Random {
  let [a, b, c, d] = state;
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return (t >>> 0) / 4294967296;
  };
  const integer = (n: number): number => Math.floor(next() * n);
  return {
    next,
    integer,
    uniform: (low, high) => low + (high - low) * next(),
    // 1 - u is in (0, 1], so the logarithm is finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffle: (items) => {
      const out = [...items];
      for (let i = out.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [out[i], out[j]] = [out[j], out[i]];
      }
      return out;
    },
    state: () => [a >>> 0, b >>> 0, c >>> 0, d >>> 0],
  };
}
