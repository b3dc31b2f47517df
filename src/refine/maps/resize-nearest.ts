import { type Mask, mapSize, tensor } from '../../tensor/tensor.ts';

/**
 * Resizes a `[h, w]` mask to `[height, width]` by nearest neighbour: each new pixel takes the old one under
 * its centre. Source: Pillow, `Image.resize(size, Image.NEAREST)`.
 */
export function resizeNearest(mask: Mask, height: number, width: number): Mask {
  const old = mapSize(mask, 'resizeNearest');
  const out = tensor('uint8', [height, width]);
  const columns = underCentres(old.width, width);
  const rows = underCentres(old.height, height);
  for (let y = 0; y < height; y++) {
    const row = out.data.subarray(y * width, (y + 1) * width);
    if (y > 0 && rows[y] === rows[y - 1]) row.set(out.data.subarray((y - 1) * width, y * width));
    else for (let x = 0; x < width; x++) row[x] = mask.data[rows[y] * old.width + columns[x]];
  }
  return out;
}

/**
 * The old position under the centre of each new one. Summed step by step, as in Pillow, so that centres
 * between two pixels are rounded alike.
 */
function underCentres(from: number, to: number): Int32Array {
  const places = new Int32Array(to);
  const step = from / to;
  for (let i = 0, at = step / 2; i < to; i++, at += step) places[i] = Math.min(from - 1, at);
  return places;
}
