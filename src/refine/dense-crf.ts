/** Pixels that are near and alike should agree: a fully connected CRF of two labels. */
import { Workspace } from './kernels.ts';

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
  readonly sums: Float32Array;
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
  const work = new Workspace();
  const [matrix, heard] = [work.put(pairs), work.room(4 * n)];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const votes = out.map((q) => 2 * q - 1);
    const others = hear(work, matrix, votes, heard);
    for (let i = 0; i < n; i++) out[i] = sigmoid(logits[i] + (weight * others[i]) / (sums[i] + 1e-6));
  }
  return out;
}

/** exp(-x) up to x = 12 in steps of 1/1024: see `assembly/crf.ts`. */
const decay: Float32Array = Float32Array.from({ length: 12 * 1024 }, (_, i) => Math.exp(-(i + 0.5) / 1024));

/** @param colours CIELAB, `[size * size * 3]` */
export function affinities(colours: Float32Array, size: number, spatial: number, colour: number): Affinities {
  const n = size * size;
  const around = Float32Array.from(
    { length: 2 * size - 1 },
    (_, i) => ((i - size + 1) / size) ** 2 / (2 * spatial * spatial),
  );
  const channel = (c: number): Float32Array => Float32Array.from({ length: n }, (_, i) => colours[3 * i + c]);
  const work = new Workspace();
  const count = (n * (n - 1)) / 2;
  const matrix = work.room(4 * count);
  const inputs = [channel(0), channel(1), channel(2), decay, around].map((numbers) => work.put(numbers));
  const [l, a, b, table, near] = inputs;
  work.run.affinities(l, a, b, table, near, matrix, size, 1 / (2 * colour * colour));
  const sums = hear(work, matrix, new Float32Array(n).fill(1), work.room(4 * n));
  return { size, pairs: work.floats(matrix, count), sums };
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

/** K votes, of the pairs at an address. @param heard room for the result */
function hear(work: Workspace, pairs: number, votes: Float32Array, heard: number): Float32Array {
  const n = votes.length;
  work.run.hear(pairs, work.put(votes), heard, n);
  return work.floats(heard, n);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
