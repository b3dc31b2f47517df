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

/** K before its rows are scaled: what it is made of. K itself, millions of pairs, lies where it is computed (`lay`). */
export interface Affinities {
  /** Height and width of the grid. */
  readonly size: number;
  /** CIELAB, `[size * size * 3]`. */
  readonly colours: Float32Array;
  readonly spatial: number;
  readonly colour: number;
  /** The sums of K's rows, `[size * size]`. */
  readonly sums: Float32Array;
}

/** The probabilities after some rounds, from `sigmoid(u)` on; see `denseCrf`. */
export function meanField(
  logits: Float32Array,
  given: Affinities,
  weight: number,
  iterations: number,
): Float32Array {
  const out = Float32Array.from(logits, sigmoid);
  const matrix = lay(given);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const others = hear(
      matrix,
      out.map((q) => 2 * q - 1),
    );
    for (let i = 0; i < out.length; i++) {
      out[i] = sigmoid(logits[i] + (weight * others[i]) / (given.sums[i] + 1e-6));
    }
  }
  return out;
}

/** @param colours CIELAB, `[size * size * 3]` */
export function affinities(colours: Float32Array, size: number, spatial: number, colour: number): Affinities {
  const matter = { size, colours, spatial, colour };
  const matrix = lay(matter);
  const made = { ...matter, sums: hear(matrix, new Float32Array(size * size).fill(1)) };
  laid = { ...matrix, of: made };
  return made;
}

/** The row of K that says how much one place heeds each other: sum 1, 0 at the place itself; `[n]`. */
export function affinityRow(given: Affinities, place: number): Float32Array {
  const n = given.sums.length;
  const votes = new Float32Array(n);
  votes[place] = 1;
  return hear(lay(given), votes).map((value) => value / (given.sums[place] + 1e-6));
}

/** K's pairs i < j, row after row, `[n (n - 1) / 2]`: K is symmetric, so half of it is stored, and serves twice. */
interface Matrix {
  readonly of: Omit<Affinities, 'sums'>;
  /** Addresses. */
  readonly pairs: number;
  readonly votes: number;
  readonly heard: number;
  /** So many rows of the grid apart, places are strangers. */
  readonly rows: number;
}

const memory = Workspace.alone();
/** The last one, which stays: to copy it out and in again would take as long as a round of the mean field. */
let laid: Matrix | undefined;

/** Computes K, unless it is the one that is there. */
function lay(of: Omit<Affinities, 'sums'>): Matrix {
  if (laid?.of === of) return laid;
  const { size, colours, spatial, colour } = of;
  const n = size * size;
  const around = Float32Array.from(
    { length: 2 * size - 1 },
    (_, i) => ((i - size + 1) / size) ** 2 / (2 * spatial * spatial),
  );
  const far = around.subarray(size - 1).findIndex((distance) => distance >= 12);
  const rows = far < 0 ? size : far;
  const channel = (c: number): Float32Array => Float32Array.from({ length: n }, (_, i) => colours[3 * i + c]);
  memory.clear();
  const pairs = memory.room(2 * n * (n - 1));
  const [votes, heard] = [memory.room(4 * n), memory.room(4 * n)];
  const [l, a, b, near] = [channel(0), channel(1), channel(2), around].map((numbers) => memory.put(numbers));
  memory.run.affinities(l, a, b, near, pairs, size, rows, 1 / (2 * colour * colour));
  laid = { of, pairs, votes, heard, rows };
  return laid;
}

/** K votes. */
function hear({ of: { size }, pairs, votes, heard, rows }: Matrix, values: Float32Array): Float32Array {
  memory.write(votes, values);
  memory.run.hear(pairs, votes, heard, size, rows);
  return memory.floats(heard, size * size);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
