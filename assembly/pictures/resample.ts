/** Rows of a plane summed into the rows of a resized one. Values have 7 bits behind the point. */
import { transpose } from './lanes';
import { Taps } from './taps';

/**
 * From bytes.
 * @param size rows to make, with taps for each.
 * @param length of a row; a multiple of 8 is written.
 */
export function resampleBytes(from: usize, fromStride: usize, taps: Taps, size: i32, length: i32, to: usize): void {
  for (let i = 0; i < size; i++, taps = taps.next()) {
    const rows = from + <usize>taps.first * fromStride;
    for (let x = 0; x < length; x += 8, to += 16) {
      let sum = i64x2.splat(0);
      let row = rows + x;
      for (let t = 0; t < taps.count; t++, row += fromStride) {
        const values = i16x8.shl(v128.load8x8_u(row), 7);
        sum = i16x8.add_sat_s(sum, i16x8.q15mulr_sat_s(values, v128.load16_splat(taps.weight(t))));
      }
      v128.store(to, sum);
    }
  }
}

/** From what `resampleBytes` made. */
export function resample(from: usize, fromStride: usize, taps: Taps, size: i32, length: i32, to: usize): void {
  for (let i = 0; i < size; i++, taps = taps.next()) {
    const rows = from + <usize>taps.first * fromStride;
    for (let x = 0; x < length; x += 8, to += 16) {
      let sum = i64x2.splat(0);
      let row = rows + (x << 1);
      for (let t = 0; t < taps.count; t++, row += fromStride) {
        sum = i16x8.add_sat_s(sum, i16x8.q15mulr_sat_s(v128.load(row), v128.load16_splat(taps.weight(t))));
      }
      v128.store(to, sum);
    }
  }
}

/** Rows become columns; `rows` and `columns` are multiples of 8. */
export function turn(from: usize, rows: i32, columns: i32, to: usize): void {
  for (let y = 0; y < rows; y += 8) {
    for (let x = 0; x < columns; x += 8) {
      transpose(from + ((y * columns + x) << 1), columns << 1, to + ((x * rows + y) << 1), rows << 1);
    }
  }
}
