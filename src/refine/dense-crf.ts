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
  const n = size * size;
  const kernel = affinities(colours, size, spatial, colour);
  const sums = rowSums(kernel, n);
  const out = Float32Array.from(logits, sigmoid);
  const votes = new Float32Array(n);
  for (let iteration = 0; iteration < iterations; iteration++) {
    for (let j = 0; j < n; j++) votes[j] = 2 * out[j] - 1;
    for (let i = 0; i < n; i++) {
      out[i] = sigmoid(logits[i] + (weight * dot(kernel, i * n, votes)) / (sums[i] + 1e-6));
    }
  }
  return out;
}

/** exp(-x) in steps of 1/1024, up to where it is less than 1e-5: millions are needed, and none to more than three digits. */
const steps = 1024;
const reach = 12;
const decay: Float32Array = Float32Array.from({ length: reach * steps }, (_, i) =>
  Math.exp(-(i + 0.5) / steps),
);

/** `[n, n]`, zeros on the diagonal. */
function affinities(colours: Float32Array, size: number, spatial: number, colour: number): Float32Array {
  const n = size * size;
  const near = Float64Array.from({ length: size }, (_, d) => (d / size) ** 2 / (2 * spatial * spatial));
  const alike = 1 / (2 * colour * colour);
  const out = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    const yi = Math.floor(i / size);
    const xi = i % size;
    const l = colours[3 * i];
    const a = colours[3 * i + 1];
    const b = colours[3 * i + 2];
    for (let yj = 0, j = 0; yj < size; yj++) {
      const vertical = near[Math.abs(yi - yj)];
      for (let xj = 0; xj < size; xj++, j++) {
        const dl = colours[3 * j] - l;
        const da = colours[3 * j + 1] - a;
        const db = colours[3 * j + 2] - b;
        const distance = vertical + near[Math.abs(xi - xj)] + (dl * dl + da * da + db * db) * alike;
        if (distance < reach) out[i * n + j] = decay[Math.floor(distance * steps)];
      }
    }
    out[i * n + i] = 0;
  }
  return out;
}

function rowSums(matrix: Float32Array, n: number): Float32Array {
  const ones = new Float32Array(n).fill(1);
  return Float32Array.from({ length: n }, (_, i) => dot(matrix, i * n, ones));
}

/** Of a row of a matrix and a vector; four sums, which a processor adds at once. */
function dot(matrix: Float32Array, from: number, vector: Float32Array): number {
  const n = vector.length;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let j = 0;
  for (; j + 3 < n; j += 4) {
    a += matrix[from + j] * vector[j];
    b += matrix[from + j + 1] * vector[j + 1];
    c += matrix[from + j + 2] * vector[j + 2];
    d += matrix[from + j + 3] * vector[j + 3];
  }
  for (; j < n; j++) a += matrix[from + j] * vector[j];
  return a + b + c + d;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
