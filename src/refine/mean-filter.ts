import { type FloatMap, mapSize, tensor } from '../tensor/tensor.ts';
import { type Extremes, span } from './scale.ts';

/**
 * Mean over the 5 x 5 pixels around each pixel of a `[H, W]` map. Beyond the border the map goes on mirrored, the edge
 * pixel repeated (`b a | a b c d | d c`). Sums are float64, the result float32.
 * Source: `scipy.ndimage.convolve(map, np.full((5, 5), 1 / 25), mode='reflect')`.
 * @param ends with the map's extremes, the mean of the map as `scale` makes it, in the same pass.
 * @throws when the values span more than float32 holds.
 */
export function meanFilter(map: FloatMap, ends: Extremes = { min: 0, max: 1 }): FloatMap {
  const { height, width } = mapSize(map, 'meanFilter');
  // Four neighbouring means at a time: they share most of their terms. The last of a row may reach beyond the map.
  const tiles = Math.ceil(width / 4);
  const stride = 4 * tiles + 4;
  const weighted = mirrored(map, ends, stride);
  const out = tensor('float32', map.shape);
  const means = out.data;
  const row = new Float32Array(4 * tiles);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < row.length; x += 4) {
      // All 25 terms in reading order, though the window is separable: so the sum rounds to float32 exactly as SciPy's.
      // The bounds are compared for equality with the edges that follow from these values.
      let first = 0;
      let second = 0;
      let third = 0;
      let fourth = 0;
      for (let k = 0, at = y * stride + x; k < 5; k++, at += stride) {
        const b = weighted[at + 1];
        const c = weighted[at + 2];
        const d = weighted[at + 3];
        const e = weighted[at + 4];
        const f = weighted[at + 5];
        const g = weighted[at + 6];
        first = first + weighted[at] + b + c + d + e;
        second = second + b + c + d + e + f;
        third = third + c + d + e + f + g;
        fourth = fourth + d + e + f + g + weighted[at + 7];
      }
      row[x] = first;
      row[x + 1] = second;
      row[x + 2] = third;
      row[x + 3] = fourth;
    }
    means.set(row.length === width ? row : row.subarray(0, width), y * width);
  }
  return out;
}

/** The map, scaled, divided by 25, with two more rows and columns on every side, mirrored at the border; `stride` values a row. */
function mirrored(map: FloatMap, ends: Extremes, stride: number): Float64Array {
  const [height, width] = map.shape;
  const { data } = map;
  const { min } = ends;
  const range = span(ends) || 1; // a flat map scales to zeros
  const padded = new Float64Array((height + 4) * stride);
  for (let y = -2; y < height + 2; y++) {
    const from = within(y, height) * width;
    const to = (y + 2) * stride + 2;
    for (let x = 0; x < width; x++) {
      padded[to + x] = Math.fround(Math.fround(data[from + x] - min) / range) * (1 / 25);
    }
    for (const x of [-2, -1, width, width + 1]) padded[to + x] = padded[to + within(x, width)];
  }
  return padded;
}

/** Where a place at most two beyond an axis of `length` pixels falls, mirrored at its ends as often as it takes. */
function within(place: number, length: number): number {
  const i = (place + 4 * length) % (2 * length);
  return i < length ? i : 2 * length - 1 - i;
}
