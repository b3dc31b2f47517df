import { mapSize, type Tensor, tensor } from '../tensor/tensor.ts';

/** For each place along the new axis: the first old place it draws on, how many, and their weights in a row. */
interface Taps {
  first: Int32Array;
  count: Int32Array;
  weights: Float64Array;
  /** Weights per place. */
  stride: number;
}

/**
 * Resizes a `[h, w]` map to `[height, width]`, bilinear: half-pixel centres, a triangle filter that widens when the
 * map shrinks (so that every old pixel counts), rows first, the border's weights renormalised.
 * float32 is summed in float64 and rounded to float32 after either pass. uint8 (grey levels) is rounded to whole levels
 * after either pass, with weights of 22 bits.
 * Source: Pillow, `Image.resize(size, Image.BILINEAR)`, modes F and L.
 * @throws when the new size is not of whole numbers >= 1.
 */
export function resizeBilinear<D extends 'float32' | 'uint8'>(
  map: Tensor<D>,
  height: number,
  width: number,
): Tensor<D> {
  const old = mapSize(map, 'resizeBilinear');
  if (![height, width].every((size) => Number.isInteger(size) && size >= 1)) {
    throw new Error(`resizeBilinear: height and width are whole numbers >= 1, got ${height} x ${width}`);
  }
  const levels = map.dtype === 'uint8';
  const half = levels ? 0.5 : 0; // cutting off the fraction then rounds

  const wide = new Float64Array(old.height * width);
  const across = triangle(old.width, width, levels);
  for (let y = 0, i = 0; y < old.height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const from = y * old.width + across.first[x];
      let sum = half;
      for (let k = 0; k < across.count[x]; k++) {
        sum += map.data[from + k] * across.weights[x * across.stride + k];
      }
      wide[i] = levels ? Math.floor(sum) : Math.fround(sum);
    }
  }

  const out = tensor(map.dtype, [height, width]);
  const { data } = out;
  const down = triangle(old.height, height, levels);
  const sums = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const count = down.count[y];
    const weights = down.weights.subarray(y * down.stride, (y + 1) * down.stride);
    const from = down.first[y] * width;
    const to = y * width;
    if (count <= 2) {
      // As wherever the map grows: one pass does. Where there is no second row, it has no weight.
      const second = from + (count - 1) * width;
      const [a, b] = weights;
      for (let x = 0; x < width; x++) data[to + x] = half + wide[from + x] * a + wide[second + x] * b;
    } else {
      sums.fill(half);
      for (let k = 0; k < count; k++) {
        for (let x = 0; x < width; x++) sums[x] += wide[from + k * width + x] * weights[k];
      }
      data.set(sums, to);
    }
  }
  return out;
}

/** The weights of a triangle filter from `from` places to `to`; rounded to 22 bits for grey levels. */
function triangle(from: number, to: number, levels: boolean): Taps {
  const ratio = from / to;
  const radius = Math.max(ratio, 1);
  const stride = Math.ceil(radius) * 2 + 1;
  const taps: Taps = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Float64Array(to * stride),
    stride,
  };
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * ratio;
    const first = Math.max(0, Math.trunc(center - radius + 0.5));
    const count = Math.min(from, Math.trunc(center + radius + 0.5)) - first;
    const weights = taps.weights.subarray(i * stride, i * stride + count);
    let total = 0;
    for (let k = 0; k < count; k++) {
      weights[k] = Math.max(0, 1 - Math.abs((first + k - center + 0.5) / radius));
      total += weights[k];
    }
    for (let k = 0; k < count; k++) {
      weights[k] /= total;
      if (levels) weights[k] = Math.round(weights[k] * 2 ** 22) / 2 ** 22;
    }
    taps.first[i] = first;
    taps.count[i] = count;
  }
  return taps;
}
