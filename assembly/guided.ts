import { F32, I32, U8 } from './memory';

/**
 * The guided filter's map, row by row: each pixel's value is a linear function of its red, green and blue,
 * from 0 to 255. The slopes and the offset, `[h, w, 4]`, are interpolated bilinearly.
 * @param picture `[rows, width, 3]`
 * @param line work space, `[w, 4]`
 * @param levels `[rows, width]`: (value - `lowest`) * `steep`, truncated to a whole number from 0 to 255
 * @param mask `[rows, width]`: 1 where the value is above `limit`
 * @param top for each row, the row of coefficients above it; `bottom` the one below it, `down` the weight of
 * that one; likewise for columns
 * @returns how many values are above `limit`
 */
export function guided(
  picture: U8,
  coefficients: F32,
  line: F32,
  levels: U8,
  mask: U8,
  rows: i32,
  width: i32,
  w: i32,
  top: I32,
  bottom: I32,
  down: F32,
  left: I32,
  right: I32,
  across: F32,
  lowest: f32,
  steep: f32,
  limit: f32,
): i32 {
  let count = 0;
  for (let y = 0; y < rows; y++) {
    const share = f32x4.splat(down[y]);
    for (let x = 0; x < w; x++) {
      const above = coefficients.four((top[y] * w + x) << 2);
      const below = coefficients.four((bottom[y] * w + x) << 2);
      line.setFour(x << 2, f32x4.add(above, f32x4.mul(f32x4.sub(below, above), share)));
    }
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const before = line.four(left[x] << 2);
      const behind = line.four(right[x] << 2);
      const here = f32x4.add(before, f32x4.mul(f32x4.sub(behind, before), f32x4.splat(across[x])));
      const sums = f32x4.mul(here, picture.colour(3 * at));
      const pairs = f32x4.add(sums, v128.shuffle<f32>(sums, sums, 2, 3, 0, 1));
      const value = f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
      const level = (value - lowest) * steep + 0.5;
      levels[at] = <i32>max<f32>(0, min<f32>(level, 255));
      const mark = i32(value > limit);
      mask[at] = mark;
      count += mark;
    }
  }
  return count;
}
