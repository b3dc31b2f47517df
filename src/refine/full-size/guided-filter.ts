import { type FloatMap, mapSize, type Picture, type Tensor, tensor } from '../../tensor/tensor.ts';

export interface GuidedOptions {
  /** Of the windows: they are `2 radius + 1` pixels wide and high, cut off at the borders; a whole number >= 1. */
  readonly radius: number;
  /** What slopes cost, in squared colours of [0, 1]: colours that differ by less than its root make no edge. > 0. */
  readonly eps: number;
}

/**
 * The coefficients of a guided filter with a colour guide: the map as a linear function of the guide's colours within each window,
 *
 *     a_k = (S_k + eps 1)^-1 (mean(I p) - mean(I) mean(p)),   b_k = mean(p) - a_k · mean(I)
 *
 * with the guide's covariance S_k, then averaged over all windows that a pixel is in. The filtered map is `a · I + b`; on a larger
 * picture, a and b enlarged, it has that picture's edges.
 * Source: He, Sun, Tang, *Guided Image Filtering*, PAMI 2013, equations 19 to 21; He, Sun, *Fast Guided Filter*, arXiv 1505.00996.
 * @param guide uint8 `[h, w, 3]`
 * @param map of the guide's size
 * @returns a for colours from 0 to 255, and b: `[h, w, 4]`
 * @throws when the sizes differ
 */
export function guidedCoefficients(
  guide: Picture,
  map: FloatMap,
  { radius, eps }: GuidedOptions,
): Tensor<'float32'> {
  const { height, width } = mapSize(map, 'guided filter');
  if (String(guide.shape) !== String([height, width, 3])) {
    throw new Error(`guided filter: the guide is [${height}, ${width}, 3] as the map, got [${guide.shape}]`);
  }
  const mean = (plane: Float64Array): Float64Array => boxMean(plane, height, width, radius);
  const product = (x: ArrayLike<number>, y: ArrayLike<number>): Float64Array =>
    Float64Array.from(x, (value, i) => value * y[i]);
  const n = height * width;
  const colours = [0, 1, 2].map((c) =>
    Float64Array.from({ length: n }, (_, i) => guide.data[3 * i + c] / 255),
  );
  const means = colours.map(mean);
  const meanMap = mean(Float64Array.from(map.data));
  const withMap = colours.map((plane) => mean(product(plane, map.data)));
  const [rr, rg, rb, gg, gb, bb] = pairs.map(([i, j]) => mean(product(colours[i], colours[j])));
  const planes = [0, 1, 2, 3].map(() => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    const [r, g, b] = [means[0][i], means[1][i], means[2][i]];
    const slopes = solve(
      [
        rr[i] - r * r + eps,
        rg[i] - r * g,
        rb[i] - r * b,
        gg[i] - g * g + eps,
        gb[i] - g * b,
        bb[i] - b * b + eps,
      ],
      [withMap[0][i] - r * meanMap[i], withMap[1][i] - g * meanMap[i], withMap[2][i] - b * meanMap[i]],
    );
    for (let c = 0; c < 3; c++) planes[c][i] = slopes[c];
    planes[3][i] = meanMap[i] - slopes[0] * r - slopes[1] * g - slopes[2] * b;
  }
  const out = tensor('float32', [height, width, 4]);
  for (const [c, plane] of planes.map(mean).entries()) {
    for (let i = 0; i < n; i++) out.data[4 * i + c] = c < 3 ? plane[i] / 255 : plane[i];
  }
  return out;
}

const pairs = [
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 1],
  [1, 2],
  [2, 2],
] as const;

/** The filtered map, of the guide's size. */
export function guidedMap(guide: Picture, { shape, data }: Tensor<'float32'>): FloatMap {
  const out = tensor('float32', shape.slice(0, 2));
  for (let i = 0; i < out.data.length; i++) {
    const [a, at] = [4 * i, 3 * i];
    out.data[i] =
      data[a] * guide.data[at] +
      data[a + 1] * guide.data[at + 1] +
      data[a + 2] * guide.data[at + 2] +
      data[a + 3];
  }
  return out;
}

type Three = readonly [number, number, number];

/** `M x = y` by Cramer's rule. @param m symmetric and positive: its rows from the diagonal on */
function solve([a, b, c, d, e, f]: readonly number[], [x, y, z]: Three): Three {
  const [aa, bb, cc] = [d * f - e * e, c * e - b * f, b * e - c * d];
  const [dd, ee, ff] = [a * f - c * c, b * c - a * e, a * d - b * b];
  const det = a * aa + b * bb + c * cc;
  return [
    (aa * x + bb * y + cc * z) / det,
    (bb * x + dd * y + ee * z) / det,
    (cc * x + ee * y + ff * z) / det,
  ];
}

/** The mean of each window of a plane, which is cut off at the borders. */
function boxMean(plane: Float64Array, height: number, width: number, radius: number): Float64Array {
  const rows = new Float64Array(plane.length);
  for (let y = 0; y < height; y++) runningMean(plane, rows, y * width, 1, width, radius);
  const out = new Float64Array(plane.length);
  for (let x = 0; x < width; x++) runningMean(rows, out, x, width, height, radius);
  return out;
}

/** Along one row or column: `length` values from place `start` on, `step` apart. */
function runningMean(
  from: Float64Array,
  to: Float64Array,
  start: number,
  step: number,
  length: number,
  radius: number,
): void {
  const at = (i: number): number => from[start + i * step];
  let sum = 0;
  for (let i = 0; i < Math.min(radius, length); i++) sum += at(i);
  for (let i = 0; i < length; i++) {
    if (i + radius < length) sum += at(i + radius);
    if (i - radius - 1 >= 0) sum -= at(i - radius - 1);
    to[start + i * step] = sum / (Math.min(i + radius, length - 1) - Math.max(i - radius, 0) + 1);
  }
}
