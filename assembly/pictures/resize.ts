/**
 * Resizes byte pictures with a triangle filter: first the rows of the source are summed into each new row,
 * then its columns. In between, values have 7 fractional bits.
 */
import { Taps, makeTaps } from './taps';

/**
 * @param source `[height, width, channels]`, channels 1 or 3, interleaved; it and `out` are followed by at
 * least 16 bytes
 * @param taps room for a `Taps` of each new row or column, whichever are more
 * @param between work space for one row of the source in words, and 16 bytes
 */
export function resize(
  source: usize,
  height: i32,
  width: i32,
  channels: i32,
  out: usize,
  newHeight: i32,
  newWidth: i32,
  rowTaps: usize,
  columnTaps: usize,
  between: usize,
): void {
  const length = width * channels;
  makeTaps(rowTaps, height, newHeight);
  makeTaps(columnTaps, width, newWidth);
  let taps = changetype<Taps>(rowTaps);
  for (let y = 0; y < newHeight; y++, taps = taps.next()) {
    sumRows(source + taps.first * length, length, taps, between);
    sumColumns(between, channels, changetype<Taps>(columnTaps), newWidth, out + y * newWidth * channels);
  }
}

/** @param length of a row, in bytes; a multiple of 16 is written */
function sumRows(rows: usize, length: i32, taps: Taps, to: usize): void {
  const half = i32x4.splat(1 << 7);
  for (let x = 0; x < length; x += 16, to += 32) {
    let sum0 = half;
    let sum1 = half;
    let sum2 = half;
    let sum3 = half;
    let row = rows + x;
    // Two rows at a time, their bytes interleaved. The last weight is followed by a 0.
    for (let t = 0; t < taps.count; t += 2, row += 2 * length) {
      const a = v128.load(row);
      const b = v128.load(row + length);
      const low = v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const high = v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      const weights = v128.load32_splat(taps.weight(t));
      sum0 = i32x4.add(sum0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(low), weights));
      sum1 = i32x4.add(sum1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(low), weights));
      sum2 = i32x4.add(sum2, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(high), weights));
      sum3 = i32x4.add(sum3, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(high), weights));
    }
    v128.store(to, i16x8.narrow_i32x4_s(i32x4.shr_s(sum0, 8), i32x4.shr_s(sum1, 8)));
    v128.store(to, i16x8.narrow_i32x4_s(i32x4.shr_s(sum2, 8), i32x4.shr_s(sum3, 8)), 16);
  }
}

function sumColumns(row: usize, channels: i32, taps: Taps, newWidth: i32, to: usize): void {
  const step = channels << 1;
  const half = i32x4.splat(1 << 21);
  for (let x = 0; x < newWidth; x++, taps = taps.next(), to += channels) {
    let sum = half;
    let at = row + taps.first * step;
    // Two columns at a time, the channels of both interleaved. The last weight is followed by a 0.
    for (let t = 0; t < taps.count; t += 2, at += 2 * step) {
      const pairs = v128.shuffle<i16>(v128.load64_zero(at), v128.load64_zero(at + step), 0, 8, 1, 9, 2, 10, 3, 11);
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(pairs, v128.load32_splat(taps.weight(t))));
    }
    const values = i32x4.shr_s(sum, 22);
    const words = i16x8.narrow_i32x4_s(values, values);
    // Four bytes at a time: the next pixel overwrites those that are too many.
    v128.store32_lane(to, i8x16.narrow_i16x8_u(words, words), 0);
  }
}
