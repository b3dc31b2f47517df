/** Pixels that are near and alike should agree: a fully connected CRF of two labels. */
import { type KernelWorkspace, kernels } from '../maps/kernels.ts';

/** The parameters of a dense CRF. */
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
 * with the appearance kernel of equation 3; summed pair by pair, as far as four deviations reach: up to
 * `size^4` of them, so it is for small grids.
 * @param logits what each place of a grid says for itself, `[size * size]`; above 0: object
 * @param size height and width of the grid, a multiple of 4
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

/** K before its rows are scaled. */
export interface Affinities {
  /** Height and width of the grid. */
  readonly size: number;
  /** CIELAB, `[size * size * 3]`. */
  readonly colours: Float32Array;
  readonly spatial: number;
  readonly colour: number;
  /** The sums of its rows, `[size * size]`. */
  readonly sums: Float32Array;
}

/** @param colours CIELAB, `[size * size * 3]` @param size a multiple of 4 @throws when it is none */
export function affinities(colours: Float32Array, size: number, spatial: number, colour: number): Affinities {
  if (size % 4 !== 0 || size < 4) throw new Error(`CRF: the grid's size is a multiple of 4, got ${size}`);
  laid = lay({ size, colours, spatial, colour });
  return laid.of;
}

/** The row of K that says how much one place heeds each other: sum 1, 0 at the place itself; `[n]`. */
export function affinityRow(given: Affinities, place: number): Float32Array {
  const votes = new Float32Array(given.sums.length);
  votes[place] = 1;
  return hear(laidFor(given), votes).map((value) => value / (given.sums[place] + 1e-6));
}

/** The probabilities after some rounds, from `sigmoid(u)` on; see `denseCrf`. */
export function meanField(
  logits: Float32Array,
  given: Affinities,
  weight: number,
  iterations: number,
): Float32Array {
  const matrix = laidFor(given);
  const { sums } = given;
  const out = Float32Array.from(logits, sigmoid);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const others = hear(
      matrix,
      out.map((q) => 2 * q - 1),
    );
    for (let i = 0; i < out.length; i++)
      out[i] = sigmoid(logits[i] + (weight * others[i]) / (sums[i] + 1e-6));
  }
  return out;
}

/** Where K's pairs i < j lie, those of places that see each other: K is symmetric, so half of it is stored, and serves twice. */
interface Matrix {
  readonly of: Affinities;
  readonly memory: KernelWorkspace;
  /** Addresses. */
  readonly pairs: number;
  readonly votes: number;
  readonly heard: number;
  /** So many rows or columns of the grid apart, places do not see each other. */
  readonly near: number;
}

/** The last one, which stays: to copy it out and in again would take as long as several rounds. */
let laid: Matrix | undefined;

/** Computes K, in the memory of the one before. */
function lay({ size, colours, spatial, colour }: Omit<Affinities, 'sums'>): Matrix {
  const n = size * size;
  const around = Float32Array.from(
    { length: 2 * size + 7 },
    (_, i) => ((i - size - 3) / size) ** 2 / (2 * spatial * spatial),
  );
  // Places further apart than four deviations do not see each other: their weight is below 4e-4.
  const near = Math.min(Math.ceil(4 * spatial * size), size);
  const channel = (c: number): Float32Array => Float32Array.from({ length: n }, (_, i) => colours[3 * i + c]);
  const memory = laid?.memory ?? kernels.ownWorkspace();
  memory.clear();
  const pairs = memory.room(2 * n * size * (size + 1));
  const [votes, heard, sums] = [memory.room(4 * n), memory.room(4 * n), memory.room(4 * n)];
  const inputs = [channel(0), channel(1), channel(2), around].map((numbers) => memory.put(numbers));
  const [l, a, b, distances] = inputs;
  memory.run.affinities(l, a, b, distances, pairs, sums, size, near, 1 / (2 * colour * colour));
  return {
    of: { size, colours, spatial, colour, sums: memory.floats(sums, n) },
    memory,
    pairs,
    votes,
    heard,
    near,
  };
}

function laidFor(given: Affinities): Matrix {
  if (laid?.of !== given) laid = { ...lay(given), of: given };
  return laid;
}

/** K votes. */
function hear(
  { of: { size }, memory, pairs, votes, heard, near }: Matrix,
  values: Float32Array,
): Float32Array {
  memory.write(votes, values);
  memory.run.hear(pairs, votes, heard, size, near);
  return memory.floats(heard, size * size);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
