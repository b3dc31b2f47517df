/**
 * A fully connected CRF with two labels, object and background: its pairwise term favours equal labels of
 * pixels that are near each other and of similar colour.
 */
import { type KernelWorkspace, kernels } from '../maps/kernels.ts';

/** Parameters of a dense CRF. */
export interface CrfOptions {
  /** Standard deviation of the spatial Gaussian, as a share of the picture's width and height. > 0. */
  readonly spatial: number;
  /** Standard deviation of the colour Gaussian, in units of CIELAB. > 0. */
  readonly colour: number;
  /** Weight of the pairwise term relative to the unary term. >= 0. */
  readonly weight: number;
  /** Number of mean field iterations, a whole number >= 0. */
  readonly iterations: number;
}

/**
 * Mean field inference in a fully connected CRF: `q = sigmoid(u + weight * sum over j of K_ij (2 q_j - 1))`.
 * K is a Gaussian of distance and colour with zeros on its diagonal; its rows are scaled to sum 1.
 * Source: Krähenbühl, Koltun, *Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials*,
 * NIPS 2011, algorithm 1 with the appearance kernel of equation 3. Message passing is an exact sum over all
 * pairs up to four standard deviations apart: up to `size^4` of them, so it is for small grids.
 * @param logits the unary term u of each cell, `[size * size]`; above 0: object
 * @param size height and width of the grid, a multiple of 4
 * @param colours CIELAB, `[size * size * 3]`
 * @returns probabilities of the label object, `[size * size]`
 * @throws when the size is not a multiple of 4, or an array has another length
 * @example
 * ```ts
 * import { denseCrf } from 'high-res-mapping';
 *
 * const row = [20, 0, 0, 20, 0, 0, 80, 0, 0, 80, 0, 0]; // two dark cells and two light ones
 * const colours = Float32Array.of(...row, ...row, ...row, ...row);
 * // The dark cells speak for the object, but for one.
 * const logits = Float32Array.of(1, 1, -1, -1, -0.5, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1);
 * const q = denseCrf(logits, colours, 4, { spatial: 0.5, colour: 10, weight: 3, iterations: 5 });
 * const second = Array.from(q.subarray(4, 8), (probability) => probability.toFixed(1));
 * console.log(second.join(' ')); //=> 0.9 1.0 0.0 0.0
 * ```
 */
export function denseCrf(
  logits: Float32Array,
  colours: Float32Array,
  size: number,
  { spatial, colour, weight, iterations }: CrfOptions,
): Float32Array {
  const cells = size * size;
  if (logits.length !== cells || colours.length !== 3 * cells) {
    throw new Error(
      `CRF: ${size} x ${size} cells need ${cells} logits and ${3 * cells} colours, got ${logits.length} and ${colours.length}`,
    );
  }
  return meanField(logits, affinities(colours, size, spatial, colour), weight, iterations);
}

/** The kernel K before its rows are scaled. */
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

/**
 * Computes K and the sums of its rows.
 * @param colours CIELAB, `[size * size * 3]`
 * @param size a multiple of 4
 * @throws when the size is not a multiple of 4
 */
export function affinities(colours: Float32Array, size: number, spatial: number, colour: number): Affinities {
  if (size % 4 !== 0 || size < 4)
    throw new Error(`CRF: the grid's size must be a multiple of 4, got ${size}`);
  current = computeKernel({ size, colours, spatial, colour });
  return current.of;
}

/**
 * The row of K of one cell, scaled to sum 1: the weight of each other cell in that cell's message; 0 at the
 * cell itself; `[size * size]`.
 */
export function affinityRow(given: Affinities, place: number): Float32Array {
  const labels = new Float32Array(given.sums.length);
  labels[place] = 1;
  return passMessages(kernelFor(given), labels).map((value) => value / (given.sums[place] + 1e-6));
}

/** The probabilities after some iterations of mean field that start from `sigmoid(u)`; see `denseCrf`. */
export function meanField(
  logits: Float32Array,
  given: Affinities,
  weight: number,
  iterations: number,
): Float32Array {
  const matrix = kernelFor(given);
  const { sums } = given;
  const out = Float32Array.from(logits, sigmoid);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const others = passMessages(
      matrix,
      out.map((q) => 2 * q - 1),
    );
    for (let i = 0; i < out.length; i++)
      out[i] = sigmoid(logits[i] + (weight * others[i]) / (sums[i] + 1e-6));
  }
  return out;
}

/**
 * K in the kernels' memory. K is symmetric, so only its pairs i < j are stored, and each is used for both
 * directions.
 */
interface PairwiseKernel {
  readonly of: Affinities;
  readonly memory: KernelWorkspace;
  /** Addresses in that memory. */
  readonly pairs: number;
  readonly labels: number;
  readonly messages: number;
  /** Pairs that are this many rows or columns of the grid apart, or more, are left out. */
  readonly reach: number;
}

/**
 * The last kernel K, which stays in memory: copying it out and in again would take as long as several
 * iterations.
 */
let current: PairwiseKernel | undefined;

/** Computes K in place of the last one. */
function computeKernel({ size, colours, spatial, colour }: Omit<Affinities, 'sums'>): PairwiseKernel {
  const n = size * size;
  const spatialTerms = Float32Array.from(
    { length: 2 * size + 7 },
    (_, i) => ((i - size - 3) / size) ** 2 / (2 * spatial * spatial),
  );
  // Pairs more than four standard deviations apart are left out: their weight is below 4e-4.
  const reach = Math.min(Math.ceil(4 * spatial * size), size);
  const channel = (c: number): Float32Array => Float32Array.from({ length: n }, (_, i) => colours[3 * i + c]);
  const memory = current?.memory ?? kernels.ownWorkspace();
  memory.clear();
  const pairs = memory.room(2 * n * size * (size + 1));
  const [labels, messages, sums] = [memory.room(4 * n), memory.room(4 * n), memory.room(4 * n)];
  const inputs = [channel(0), channel(1), channel(2), spatialTerms].map((numbers) => memory.put(numbers));
  const [l, a, b, distances] = inputs;
  memory.run.affinities(l, a, b, distances, pairs, sums, size, reach, 1 / (2 * colour * colour));
  return {
    of: { size, colours, spatial, colour, sums: memory.floats(sums, n) },
    memory,
    pairs,
    labels,
    messages,
    reach,
  };
}

function kernelFor(given: Affinities): PairwiseKernel {
  if (current?.of !== given) current = { ...computeKernel(given), of: given };
  return current;
}

/** Message passing: the product of K with a vector. */
function passMessages(
  { of: { size }, memory, pairs, labels, messages, reach }: PairwiseKernel,
  values: Float32Array,
): Float32Array {
  memory.write(labels, values);
  memory.run.passMessages(pairs, labels, messages, size, reach);
  return memory.floats(messages, size * size);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
