import { lab, rgb } from 'd3-color';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { cellSpan } from './cell-span.ts';

/**
 * A picture averaged over the cells of a grid, in CIELAB, where Euclidean distances approximate perceived
 * differences.
 * @param picture uint8 `[H, W, C]`, C = 3 or 1
 * @returns L, a and b of each cell, `[size * size * 3]`; L in [0, 100]
 */
export function colourGrid(picture: Picture, size: number): Float32Array {
  return toLab(colourMeans(picture, size));
}

/**
 * Mean sRGB values in CIELAB.
 * @param means red, green, blue in [0, 255], cell after cell
 */
export function toLab(means: Float64Array): Float32Array {
  const out = new Float32Array(means.length);
  for (let i = 0; i < means.length; i += 3) {
    const { l, a, b } = lab(rgb(means[i], means[i + 1], means[i + 2]));
    out.set([l, a, b], i);
  }
  return out;
}

/** Mean sRGB values as a picture, uint8 `[size, size, 3]`. */
export function meansPicture(means: Float64Array, size: number): Picture {
  return tensor('uint8', [size, size, 3], Uint8Array.from(means, Math.round));
}

/**
 * A picture averaged over the cells of a grid.
 * @param picture uint8 `[H, W, C]`, C = 3 or 1
 * @returns red, green and blue in [0, 255] of each cell, `[size * size * 3]`
 */
export function colourMeans({ shape, data }: Picture, size: number): Float64Array {
  const [height, width, channels] = shape;
  const out = new Float64Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const [top, bottom] = cellSpan(y, size, height);
    for (let x = 0; x < size; x++) {
      const [left, right] = cellSpan(x, size, width);
      const cell = (y * size + x) * 3;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const at = (row * width + column) * channels;
          for (let c = 0; c < 3; c++) out[cell + c] += data[at + (channels === 3 ? c : 0)];
        }
      }
      const count = (bottom - top) * (right - left);
      for (let c = 0; c < 3; c++) out[cell + c] /= count;
    }
  }
  return out;
}
