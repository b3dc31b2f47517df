import { type FloatMap, mapSize, tensor } from '../tensor/tensor.ts';

const { fround } = Math;
/** The kernel's slope at distance 1. */
const a = -0.75;

/**
 * Resizes a map to `[height, width]`, bicubic: half-pixel centres, Keys' kernel with a = -0.75, edges
 * replicated, rows before columns. The kernel does not widen where the map shrinks; values may overshoot
 * those of the map. Rounded to float32 at every step, as in OpenCV's `resize` with `INTER_CUBIC`.
 * Source: Keys, *Cubic convolution interpolation for digital image processing*, 1981.
 * @throws when the new size is not two whole numbers >= 1, or the tensor is not a map
 */
export function resizeCubic(map: FloatMap, height: number, width: number): FloatMap {
  const old = mapSize(map, 'resizeCubic');
  if (![height, width].every((size) => Number.isInteger(size) && size >= 1)) {
    throw new Error(`resizeCubic: height and width must be whole numbers >= 1, got ${height} x ${width}`);
  }
  if (old.height === height && old.width === width) return map;
  const wide = new Float32Array(old.height * width);
  const columns = taps(old.width, width);
  for (let y = 0; y < old.height; y++) {
    const row = y * old.width;
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) {
        const value = fround(map.data[row + columns.place[4 * x + k]] * columns.weight[4 * x + k]);
        sum = k === 0 ? value : fround(sum + value);
      }
      wide[y * width + x] = sum;
    }
  }
  const out = tensor('float32', [height, width]);
  const rows = taps(old.height, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      // In descending order, in which OpenCV sums rows.
      for (let k = 3; k >= 0; k--) {
        const value = fround(wide[rows.place[4 * y + k] * width + x] * rows.weight[4 * y + k]);
        sum = k === 3 ? value : fround(sum + value);
      }
      out.data[y * width + x] = sum;
    }
  }
  return out;
}

/** For each new position, the four old ones and their weights. */
function taps(from: number, to: number): { place: Int32Array; weight: Float32Array } {
  const place = new Int32Array(4 * to);
  const weight = new Float32Array(4 * to);
  const ratio = 1 / (to / from);
  for (let i = 0; i < to; i++) {
    const at = fround((i + 0.5) * ratio - 0.5);
    const first = Math.floor(at);
    const weights = cubic(fround(at - first));
    for (let k = 0; k < 4; k++) {
      place[4 * i + k] = Math.min(Math.max(first - 1 + k, 0), from - 1);
      weight[4 * i + k] = weights[k];
    }
  }
  return { place, weight };
}

/** The kernel at distances t + 1, t, 1 - t and 2 - t, in float32; the weights sum to 1. */
function cubic(t: number): [number, number, number, number] {
  const f = fround;
  const far = f(t + 1);
  const rest = f(1 - t);
  const near = (x: number): number => f(f(f(f(f((a + 2) * x) - (a + 3)) * x) * x) + 1);
  const first = f(f(f(f(f(f(a * far) - 5 * a) * far) + 8 * a) * far) - 4 * a);
  const second = near(t);
  const third = near(rest);
  return [first, second, third, f(f(f(1 - first) - second) - third)];
}
