/**
 * Affine transforms of byte pictures. Pixel (x, y) comes from (a x + b y + c, d x + e y + f); outside of the
 * picture is 0.
 */

/** @param channels 1 or 3, interleaved; `out` is followed by at least 8 bytes */
export function nearest(
  source: usize,
  out: usize,
  height: i32,
  width: i32,
  channels: i32,
  a: f64,
  b: f64,
  c: f64,
  d: f64,
  e: f64,
  f: f64,
): void {
  const step = f64x2.replace_lane(f64x2.splat(a), 1, d);
  const half = f64x2.splat(0.5);
  for (let y = 0; y < height; y++) {
    const start = f64x2.replace_lane(f64x2.splat(b * <f64>y + c), 1, e * <f64>y + f);
    for (let x = 0; x < width; x++, out += channels) {
      const place = f64x2.add(f64x2.add(start, f64x2.mul(step, f64x2.splat(<f64>x))), half);
      const nearest = i32x4.trunc_sat_f64x2_s_zero(f64x2.floor(place));
      const sx = i32x4.extract_lane(nearest, 0);
      const sy = i32x4.extract_lane(nearest, 1);
      const inside = <u32>sx < <u32>width && <u32>sy < <u32>height;
      // Four bytes at a time: the next pixel overwrites those that are too many.
      store<u32>(out, inside ? load<u32>(source + (sy * width + sx) * channels) : 0);
    }
  }
}

/**
 * @param source with a border of zeros, one pixel wide, on all sides
 * @param channels 1 or 3, interleaved; `source` and `out` are followed by at least 8 bytes
 */
export function bilinear(
  source: usize,
  out: usize,
  height: i32,
  width: i32,
  channels: i32,
  a: f64,
  b: f64,
  c: f64,
  d: f64,
  e: f64,
  f: f64,
): void {
  const stride = (width + 2) * channels;
  const half = i32x4.splat(1 << 13);
  for (let y = 0; y < height; y++) {
    // Relative to the corner of the border.
    const x0 = b * <f64>y + c + 1;
    const y0 = e * <f64>y + f + 1;
    for (let x = 0; x < width; x++, out += channels) {
      const px = x0 + a * <f64>x;
      const py = y0 + d * <f64>x;
      if (!(px > 0 && py > 0 && px < <f64>(width + 1) && py < <f64>(height + 1))) {
        store<u32>(out, 0);
        continue;
      }
      const place = f64x2.replace_lane(f64x2.splat(px), 1, py);
      const corner = i32x4.trunc_sat_f64x2_s_zero(place);
      // Weights of the four neighbours, in 14 bits; they add up to 1.
      const share = f64x2.mul(f64x2.sub(place, f64x2.convert_low_i32x4_s(corner)), f64x2.splat(16384));
      const sides = i32x4.trunc_sat_f64x2_s_zero(f64x2.add(share, f64x2.splat(0.5)));
      const right = f64x2.extract_lane(share, 0);
      const below = f64x2.extract_lane(share, 1);
      const se = <i32>(right * below * (1.0 / 16384) + 0.5);
      const ne = i32x4.extract_lane(sides, 0) - se;
      const sw = i32x4.extract_lane(sides, 1) - se;
      const nw = 16384 - ne - sw - se;
      const at = source + i32x4.extract_lane(corner, 1) * stride + i32x4.extract_lane(corner, 0) * channels;
      const upper = i32x4.dot_i16x8_s(pairs(at, channels), i32x4.splat((nw & 0xffff) | (ne << 16)));
      const lower = i32x4.dot_i16x8_s(pairs(at + stride, channels), i32x4.splat(sw | (se << 16)));
      const sum = i32x4.shr_s(i32x4.add(i32x4.add(upper, lower), half), 14);
      const words = i16x8.narrow_i32x4_s(sum, sum);
      v128.store32_lane(out, i8x16.narrow_i16x8_u(words, words), 0);
    }
  }
}

/**
 * The channels of two neighbouring pixels as words, interleaved: both values of the first channel, of the
 * second, ...
 */
@inline
function pairs(at: usize, channels: i32): v128 {
  const first = v128.load32_zero(at);
  const second = v128.load32_zero(at + channels);
  return i16x8.extend_low_i8x16_u(v128.shuffle<i8>(first, second, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
}
