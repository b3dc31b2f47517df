/** Four pictures in one, each in a quarter of it. */
import { itemAt } from '../../tensor/batch.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';

/** Where a quarter lies: 0 and 1 in the upper half, 0 and 2 in the left one. */
export type Quarter = 0 | 1 | 2 | 3;

/**
 * Writes a picture at half its size into a quarter of another: the mean of each 2 x 2 pixels. Of an odd side the last row or column is
 * left out, and the quarters leave one between them and the border.
 * @param from `[H, W, C]` @param to the same shape
 */
export function putQuarter(from: Tensor<'float32'>, to: Tensor<'float32'>, quarter: Quarter): void {
  const [height, width, channels] = from.shape;
  const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
  const top = quarter < 2 ? 0 : rows;
  const left = quarter % 2 === 0 ? 0 : columns;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const above = (2 * y * width + 2 * x) * channels;
      const below = above + width * channels;
      const at = ((top + y) * width + left + x) * channels;
      for (let c = 0; c < channels; c++) {
        const sum =
          from.data[above + c] +
          from.data[above + channels + c] +
          from.data[below + c] +
          from.data[below + channels + c];
        to.data[at + c] = sum / 4;
      }
    }
  }
}

/** A mosaic of four pictures of a batch, `[N, H, W, C]`, by their places in it: `[H, W, C]`. */
export function mosaicOf(batch: Tensor<'float32'>, places: readonly number[]): Tensor<'float32'> {
  const out = tensor('float32', batch.shape.slice(1));
  for (const [quarter, place] of places.entries()) putQuarter(itemAt(batch, place), out, quarter as Quarter);
  return out;
}
