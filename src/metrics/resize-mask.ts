import { type Mask, mapSize, tensor } from '../tensor/tensor.ts';

/**
 * A mask in another size, each pixel that of `floor(i * old / new)`, as in OpenCV's `resize` with
 * `INTER_NEAREST`.
 * @param mask uint8 `[H, W]`, not 0 inside
 * @returns 0 or 1, `[height, width]`
 */
export function resizeMask(mask: Mask, height: number, width: number): Mask {
  const old = mapSize(mask, 'resizeMask');
  const rows = places(old.height, height);
  const columns = places(old.width, width);
  const out = tensor('uint8', [height, width]);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      out.data[y * width + x] = Number(mask.data[rows[y] * old.width + columns[x]] !== 0);
    }
  }
  return out;
}

function places(from: number, to: number): Int32Array {
  const ratio = 1 / (to / from);
  return Int32Array.from({ length: to }, (_, i) => Math.min(Math.floor(i * ratio), from - 1));
}
