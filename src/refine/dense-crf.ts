/** Pixels that are near and alike should agree: a fully connected CRF of two labels. */

export interface CrfOptions {
  /** How far pixels see each other: a standard deviation, as a share of the picture's width and height. > 0. */
  readonly spatial: number;
  /** How unlike they may be: a standard deviation, in units of CIELAB. > 0. */
  readonly colour: number;
  /** What the others' opinion weighs against the pixel's own. >= 0. */
  readonly weight: number;
  /** Of the mean field. */
  readonly iterations: number;
}

/**
 * The mean field of a fully connected CRF: `q = sigmoid(u + weight * sum over j of K_ij (2 q_j - 1))`, in which K is a Gaussian of
 * distance and of colour, without the pixel itself, its rows scaled to sum 1.
 * Source: Krähenbühl, Koltun, *Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials*, NIPS 2011, algorithm 1
 * with the appearance kernel of equation 3; summed exactly, over all pairs: `size^4` of them, so it is for small grids.
 * @param logits what each place of a grid says for itself, `[size * size]`; above 0: object
 * @param colours CIELAB, `[size * size * 3]`
 * @returns probabilities of being object, `[size * size]`
 */
export function denseCrf(
  logits: Float32Array,
  colours: Float32Array,
  size: number,
  { spatial, colour, weight, iterations }: CrfOptions,
): Float32Array {
  return meanField(logits, affinities(colours, size, spatial, colour), weight, iterations);
}

/** K before its rows are scaled. It is symmetric, so half of it is stored, and serves twice. */
export interface Affinities {
  /** Height and width of the grid. */
  readonly size: number;
  /** K_ij for all i < j, row after row: `[n (n - 1) / 2]`, n = size * size. */
  readonly pairs: Float32Array;
  /** The sums of K's rows, `[n]`. */
  readonly sums: Float64Array;
}

/** The probabilities after some rounds, from `sigmoid(u)` on; see `denseCrf`. */
export function meanField(
  logits: Float32Array,
  { pairs, sums }: Affinities,
  weight: number,
  iterations: number,
): Float32Array {
  const n = logits.length;
  const out = Float32Array.from(logits, sigmoid);
  const votes = new Float64Array(n);
  const heard = new Float64Array(n);
  for (let iteration = 0; iteration < iterations; iteration++) {
    for (let j = 0; j < n; j++) votes[j] = 2 * out[j] - 1;
    hear(pairs, votes, heard);
    for (let i = 0; i < n; i++) out[i] = sigmoid(logits[i] + (weight * heard[i]) / (sums[i] + 1e-6));
  }
  return out;
}

/** exp(-x) in steps of 1/1024, up to where it is less than 1e-5: millions are needed, and none to more than three digits. */
const steps = 1024;
const reach = 12;
const decay: Float32Array = Float32Array.from({ length: reach * steps }, (_, i) =>
  Math.exp(-(i + 0.5) / steps),
);

/** @param colours CIELAB, `[size * size * 3]` */
export function affinities(colours: Float32Array, size: number, spatial: number, colour: number): Affinities {
  const n = size * size;
  const near = Float64Array.from({ length: size }, (_, d) => (d / size) ** 2 / (2 * spatial * spatial));
  const alike = 1 / (2 * colour * colour);
  const pairs = new Float32Array((n * (n - 1)) / 2);
  for (let i = 0, at = 0; i < n; i++) {
    const yi = Math.floor(i / size);
    const xi = i % size;
    const l = colours[3 * i];
    const a = colours[3 * i + 1];
    const b = colours[3 * i + 2];
    // The rows below are ever further away.
    for (let yj = yi, xj = xi + 1, j = i + 1; yj < size && near[yj - yi] < reach; yj++, xj = 0) {
      const vertical = near[yj - yi];
      for (; xj < size; xj++, j++) {
        const dl = colours[3 * j] - l;
        const da = colours[3 * j + 1] - a;
        const db = colours[3 * j + 2] - b;
        const distance = vertical + near[Math.abs(xi - xj)] + (dl * dl + da * da + db * db) * alike;
        if (distance < reach) pairs[at + j - i - 1] = decay[Math.floor(distance * steps)];
      }
    }
    at += n - i - 1;
  }
  const sums = new Float64Array(n);
  hear(pairs, new Float64Array(n).fill(1), sums);
  return { size, pairs, sums };
}

/** The row of K that says how much one place heeds each other: sum 1, 0 at the place itself; `[n]`. */
export function affinityRow({ pairs, sums }: Affinities, place: number): Float32Array {
  const n = sums.length;
  const before = (i: number): number => i * (n - 1) - (i * (i - 1)) / 2; // pairs of the rows above
  const pair = (i: number, j: number): number => pairs[before(i) + j - i - 1];
  return Float32Array.from({ length: n }, (_, j) => {
    if (j === place) return 0;
    return pair(Math.min(place, j), Math.max(place, j)) / (sums[place] + 1e-6);
  });
}

/** `heard = K votes`: each pair is read once, for both its places. */
function hear(pairs: Float32Array, votes: Float64Array, heard: Float64Array): void {
  const n = votes.length;
  heard.fill(0);
  for (let i = 0, at = 0; i < n; i++) {
    const vote = votes[i];
    let sum = 0;
    for (let j = i + 1; j < n; j++, at++) {
      const k = pairs[at];
      sum += k * votes[j];
      heard[j] += k * vote;
    }
    heard[i] += sum;
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
