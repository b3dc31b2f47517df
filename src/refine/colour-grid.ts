import { lab, rgb } from 'd3-color';
import type { Picture } from '../tensor/tensor.ts';

/**
 * A picture averaged over the cells of a grid, in CIELAB, where distances are as large as they look.
 * @param picture uint8 `[H, W, C]`, C = 3 or 1
 * @returns L, a and b of each cell, `[size * size * 3]`; L in [0, 100]
 */
export function colourGrid({ shape, data }: Picture, size: number): Float32Array {
  const [height, width, channels] = shape;
  const out = new Float32Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const [top, bottom] = span(y, size, height);
    for (let x = 0; x < size; x++) {
      const [left, right] = span(x, size, width);
      const mean = [0, 0, 0];
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          const at = (row * width + column) * channels;
          for (let c = 0; c < 3; c++) mean[c] += data[at + (channels === 3 ? c : 0)];
        }
      }
      const count = (bottom - top) * (right - left);
      const { l, a, b } = lab(rgb(mean[0] / count, mean[1] / count, mean[2] / count));
      out.set([l, a, b], (y * size + x) * 3);
    }
  }
  return out;
}

/** The pixels of a cell, at least one: from, to. */
function span(cell: number, cells: number, pixels: number): [number, number] {
  const from = Math.min(Math.floor((cell * pixels) / cells), pixels - 1);
  return [from, Math.max(Math.floor(((cell + 1) * pixels) / cells), from + 1)];
}
