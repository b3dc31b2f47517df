import { type FloatMap, type Mask, tensor } from '../tensor/tensor.ts';

/**
 * The mask's share of each cell of a grid of `rows` x `columns`, in [0, 1]: the best low-resolution map of
 * that size.
 */
export function coarseMask(mask: Mask, rows: number, columns: number): FloatMap {
  const [height, width] = mask.shape;
  const out = tensor('float32', [rows, columns]);
  const down = shares(height, rows);
  const across = shares(width, columns);
  for (const [y, row, share] of down) {
    for (const [x, column, part] of across) {
      if (mask.data[y * width + x] !== 0) out.data[row * columns + column] += share * part;
    }
  }
  return out;
}

/** The share of each cell that a pixel covers; a pixel across a border counts in both cells. */
function shares(from: number, to: number): [pixel: number, cell: number, share: number][] {
  const out: [number, number, number][] = [];
  for (let cell = 0; cell < to; cell++) {
    const [start, end] = [(cell * from) / to, ((cell + 1) * from) / to];
    for (let pixel = Math.floor(start); pixel < end; pixel++) {
      const covered = Math.min(end, pixel + 1) - Math.max(start, pixel);
      if (covered > 0) out.push([pixel, cell, covered / (end - start)]);
    }
  }
  return out;
}
