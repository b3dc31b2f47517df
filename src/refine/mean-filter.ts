import { type FloatMap, mapSize, tensor } from '../tensor/tensor.ts';

/**
 * Mean over the 5 x 5 pixels around each pixel of a `[H, W]` map. Beyond the border the map goes on mirrored, the edge
 * pixel repeated (`b a | a b c d | d c`). Sums are float64, the result float32.
 * Source: `scipy.ndimage.convolve(map, np.full((5, 5), 1 / 25), mode='reflect')`.
 */
export function meanFilter(map: FloatMap): FloatMap {
  const { height, width } = mapSize(map, 'meanFilter');
  const stride = width + 4;
  const rows = mirrored(height);
  const columns = mirrored(width);
  const weighted = new Float64Array(stride * (height + 4));
  for (let y = 0, i = 0; y < height + 4; y++) {
    const row = rows[y] * width;
    for (let x = 0; x < stride; x++, i++) weighted[i] = map.data[row + columns[x]] * (1 / 25);
  }
  const out = tensor('float32', map.shape);
  const means = out.data;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      // All 25 terms in reading order, though the window is separable: so the sum rounds to float32 exactly as SciPy's.
      // The bounds are compared for equality with the edges that follow from these values.
      let sum = 0;
      for (let k = 0, at = y * stride + x; k < 5; k++, at += stride) {
        sum = sum + weighted[at] + weighted[at + 1] + weighted[at + 2] + weighted[at + 3] + weighted[at + 4];
      }
      means[i] = sum;
    }
  }
  return out;
}

/** Entry k is where position `k - 2` falls in an axis of `length` pixels, mirrored at its ends. */
function mirrored(length: number): Int32Array {
  const period = 2 * length;
  return Int32Array.from({ length: length + 4 }, (_, k) => {
    const i = (k - 2 + 2 * period) % period;
    return i < length ? i : period - 1 - i;
  });
}
