import { type FloatMap, mapSize, type Picture, type Tensor, tensor } from '../../tensor/tensor.ts';

export interface GuidedOptions {
  /**
   * Radius of the windows, which are `2 radius + 1` pixels wide and high and cropped at the borders; a whole
   * number >= 1.
   */
  readonly radius: number;
  /**
   * Regularisation of the slopes, in squared colours in [0, 1]: colours that differ by less than its root
   * make no edge. > 0.
   */
  readonly eps: number;
}

/**
 * The coefficients of a guided filter with a colour guide: the map as a linear function of the guide's
 * colours within each window,
 *
 *     a_k = (S_k + eps 1)^-1 (mean(I p) - mean(I) mean(p)),   b_k = mean(p) - a_k · mean(I)
 *
 * with the guide's covariance S_k, then averaged over all windows that contain a pixel. The filtered map is
 * `a · I + b`; with a and b enlarged and a larger picture I, it has that picture's edges.
 * Source: He, Sun, Tang, *Guided Image Filtering*, PAMI 2013, equations 19 to 21; He, Sun, *Fast Guided
 * Filter*, arXiv 1505.00996.
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
    throw new Error(
      `guided filter: the guide must be [${height}, ${width}, 3] as the map, got [${guide.shape}]`,
    );
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
    const r = means[0][i];
    const g = means[1][i];
    const b = means[2][i];
    // The covariance with eps on its diagonal is symmetric; solve by Cramer's rule.
    const m00 = rr[i] - r * r + eps;
    const m01 = rg[i] - r * g;
    const m02 = rb[i] - r * b;
    const m11 = gg[i] - g * g + eps;
    const m12 = gb[i] - g * b;
    const m22 = bb[i] - b * b + eps;
    const x = withMap[0][i] - r * meanMap[i];
    const y = withMap[1][i] - g * meanMap[i];
    const z = withMap[2][i] - b * meanMap[i];
    const c00 = m11 * m22 - m12 * m12;
    const c01 = m02 * m12 - m01 * m22;
    const c02 = m01 * m12 - m02 * m11;
    const c12 = m01 * m02 - m00 * m12;
    const scale = 1 / (m00 * c00 + m01 * c01 + m02 * c02);
    const a0 = (c00 * x + c01 * y + c02 * z) * scale;
    const a1 = (c01 * x + (m00 * m22 - m02 * m02) * y + c12 * z) * scale;
    const a2 = (c02 * x + c12 * y + (m00 * m11 - m01 * m01) * z) * scale;
    planes[0][i] = a0;
    planes[1][i] = a1;
    planes[2][i] = a2;
    planes[3][i] = meanMap[i] - a0 * r - a1 * g - a2 * b;
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

/** The filtered map, in the guide's size. */
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

/**
 * The mean of each window of a plane, cropped at the borders: running sums of columns, then along the row.
 */
function boxMean(plane: Float64Array, height: number, width: number, radius: number): Float64Array {
  const out = new Float64Array(plane.length);
  const columns = new Float64Array(width);
  const row = (y: number, sign: 1 | -1): void => {
    for (let x = 0, at = y * width; x < width; x++, at++) columns[x] += sign * plane[at];
  };
  for (let y = 0; y < Math.min(radius, height); y++) row(y, 1);
  for (let y = 0; y < height; y++) {
    if (y + radius < height) row(y + radius, 1);
    if (y - radius - 1 >= 0) row(y - radius - 1, -1);
    const rows = Math.min(y + radius, height - 1) - Math.max(y - radius, 0) + 1;
    let sum = 0;
    for (let x = 0; x < Math.min(radius, width); x++) sum += columns[x];
    for (let x = 0; x < width; x++) {
      if (x + radius < width) sum += columns[x + radius];
      if (x - radius - 1 >= 0) sum -= columns[x - radius - 1];
      out[y * width + x] = sum / (rows * (Math.min(x + radius, width - 1) - Math.max(x - radius, 0) + 1));
    }
  }
  return out;
}
