import { mapSize, type Tensor, type TypedArrayOf, tensor } from '../../tensor/tensor.ts';
import { type KernelWorkspace, kernels } from './kernels.ts';

/**
 * For each new position along an axis: the first old position that it reads, their number, and their weights.
 */
interface Taps {
  first: Int32Array;
  count: Int32Array;
  weights: Float64Array;
  /** Weights per position. */
  stride: number;
}

/**
 * Resizes a `[h, w]` map to `[height, width]`, bilinear: half-pixel centres, a triangle filter that widens
 * when the map shrinks (so that every old pixel counts), rows first, the weights at the border renormalised.
 * float32 is summed in float64 and rounded to float32 after each pass. uint8 (grey levels) is rounded to
 * whole levels after each pass, with weights of 22 bits. `tensor/sample-bilinear.ts` rounds once, and samples
 * where the map shrinks.
 * Source: Pillow, `Image.resize(size, Image.BILINEAR)`, modes F and L.
 * @throws when the new size is not two whole numbers >= 1
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
  const size = height * width;
  const work = kernels.workspace();
  const wide = work.room(8 * old.height * width);
  const out = work.room(levels ? size : 4 * size);
  const resize = levels ? work.run.resizeGrey : work.run.resize;
  resize(
    work.put(Float32Array.from(map.data)),
    wide,
    out,
    old.height,
    old.width,
    height,
    width,
    ...putTaps(work, triangle(old.width, width, levels)),
    ...putTaps(work, triangle(old.height, height, levels)),
  );
  const data = levels ? work.bytes(out, size) : work.floats(out, size);
  return tensor(map.dtype, [height, width], data as TypedArrayOf[D]);
}

function putTaps(work: KernelWorkspace, { first, count, weights, stride }: Taps): number[] {
  return [work.put(first), work.put(count), work.put(weights), stride];
}

/** The weights of a triangle filter from `from` positions to `to`; rounded to 22 bits for grey levels. */
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
  const { weights } = taps;
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * ratio;
    const first = Math.max(0, Math.trunc(center - radius + 0.5));
    const count = Math.min(from, Math.trunc(center + radius + 0.5)) - first;
    const start = i * stride;
    let total = 0;
    for (let k = 0; k < count; k++) {
      weights[start + k] = Math.max(0, 1 - Math.abs((first + k - center + 0.5) / radius));
      total += weights[start + k];
    }
    for (let k = start; k < start + count; k++) {
      weights[k] /= total;
      if (levels) weights[k] = Math.round(weights[k] * 2 ** 22) / 2 ** 22;
    }
    taps.first[i] = first;
    taps.count[i] = count;
  }
  return taps;
}
