/** Finds pairs of hashes that differ in few bits, without comparing all pairs. */

/** A hash has four words of 16 bits. */
const words = 4;
/** The largest distance that `nearPairs` takes. */
export const mostDistance = 15;

/**
 * Multi-index hashing (Norouzi, Punjani, Fleet, CVPR 2012): if two hashes of four words differ in at most d
 * bits, one of their words differs in at most floor(d / 4) bits. For each word, the hashes are sorted into
 * buckets by its value, and each hash is compared with the buckets within that distance.
 * @param hashes four words each, `[4 N]`
 * @param distance most bits that may differ, 0 to 15
 * @returns pairs `[i, j]`, i < j, each once, sorted, with their distance
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
        // Members are in ascending order, so those after i are at the end.
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

/**
 * Number of different bits. Infinity if it exceeds `distance`, or if the search by an earlier word has
 * already found the pair.
 */
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
  /** First member of each value of the word, `[2^16 + 1]`. */
  readonly starts: Uint32Array;
  /** Indices of hashes sorted by the word's value, ascending within a value. */
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

/** All words with at most `most` bits set. */
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

/** Number of bits set in each 16-bit word. */
const ones: Uint8Array = new Uint8Array(2 ** 16);
for (let word = 1; word < ones.length; word++) ones[word] = ones[word >> 1] + (word & 1);
