/** Pairs of hashes that differ in few bits, without comparing each with each. */

/** Bits of a hash, in four words of 16. */
const words = 4;
/** The largest distance that `nearPairs` takes. */
export const mostDistance = 15;

/**
 * Multi-index hashing (Norouzi, Punjani, Fleet, CVPR 2012): where two hashes of four words differ in at most d bits, they differ
 * in at most floor(d / 4) bits in one of the words. So for each word the hashes are sorted into buckets by it, and each hash is
 * compared with those in the buckets a few bits away.
 * @param hashes four words each, `[4 N]`.
 * @param distance the most bits that may differ, 0 to 15.
 * @returns pairs `[i, j]`, i < j, each once, sorted.
 */
export function* nearPairs(
  hashes: Uint16Array,
  distance: number,
): Generator<readonly [i: number, j: number, distance: number], void, undefined> {
  if (!Number.isInteger(distance) || distance < 0 || distance > mostDistance) {
    throw new Error(`nearPairs: the distance is a whole number from 0 to ${mostDistance}, got ${distance}`);
  }
  const n = hashes.length / words;
  const reach = Math.floor(distance / words);
  const flips = bitsUpTo(reach);
  const indices = Array.from({ length: words }, (_, word) => bucketsOf(hashes, word));
  for (let i = 0; i < n; i++) {
    const found: (readonly [number, number, number])[] = [];
    for (const [word, { starts, members }] of indices.entries()) {
      const search = { word, reach, distance };
      const own = hashes[words * i + word];
      for (const flip of flips) {
        const bucket = own ^ flip;
        // Members are in ascending order: those after i are at the end.
        for (let at = starts[bucket + 1] - 1; at >= starts[bucket] && members[at] > i; at--) {
          const j = members[at];
          const apart = difference(hashes, i, j, search);
          if (apart !== Number.POSITIVE_INFINITY) found.push([i, j, apart]);
        }
      }
    }
    yield* found.sort((a, b) => a[1] - b[1]);
  }
}

/** Bits that differ; infinitely many where there are more than `distance`, or an earlier word than the one looked up has found the pair. */
function difference(
  hashes: Uint16Array,
  i: number,
  j: number,
  { word, reach, distance }: { word: number; reach: number; distance: number },
): number {
  const a = words * i;
  const b = words * j;
  let bits = 0;
  for (let k = 0; k < words; k++) {
    const own = ones[hashes[a + k] ^ hashes[b + k]];
    bits += own;
    if (bits > distance || (k < word && own <= reach)) return Number.POSITIVE_INFINITY;
  }
  return bits;
}

interface Buckets {
  /** Where the members of each value of the word begin, `[2^16 + 1]`. */
  readonly starts: Uint32Array;
  /** Places of hashes, by value of the word, ascending within. */
  readonly members: Uint32Array;
}

/** A counting sort by one word. */
function bucketsOf(hashes: Uint16Array, word: number): Buckets {
  const n = hashes.length / words;
  const starts = new Uint32Array(2 ** 16 + 1);
  for (let i = 0; i < n; i++) starts[hashes[words * i + word] + 1]++;
  for (let value = 0; value < 2 ** 16; value++) starts[value + 1] += starts[value];
  const next = starts.slice();
  const members = new Uint32Array(n);
  for (let i = 0; i < n; i++) members[next[hashes[words * i + word]]++] = i;
  return { starts, members };
}

/** All words with at most so many bits set. */
function bitsUpTo(most: number): number[] {
  const all = [0];
  let last = [0];
  for (let bits = 1; bits <= most; bits++) {
    last = last.flatMap((word) =>
      Array.from({ length: 16 }, (_, bit) => 1 << bit)
        .filter((bit) => bit > word)
        .map((bit) => word | bit),
    );
    all.push(...last);
  }
  return all;
}

/** Bits set, of each word of 16. */
const ones: Uint8Array = new Uint8Array(2 ** 16);
for (let word = 1; word < ones.length; word++) ones[word] = ones[word >> 1] + (word & 1);
