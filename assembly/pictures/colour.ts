/**
 * Luma and chroma (JFIF, full range) to RGB bytes.
 * @param y, cb, cr values with 7 bits behind the point, rows of `width` rounded up to a multiple of 8.
 * @param rgb `3 width height` bytes, and room for 24 more.
 */
export function toRgb(y: usize, cb: usize, cr: usize, height: i32, width: i32, rgb: usize): void {
  const middle = i16x8.splat(128 << 7);
  const half = i16x8.splat(1 << 6);
  let at: usize = 0;
  for (let row = 0; row < height; row++) {
    for (let x = 0; x < width; x += 8, at += 16) {
      const luma = i16x8.add_sat_s(v128.load(y + at), half);
      const blue = i16x8.sub(v128.load(cb + at), middle);
      const red = i16x8.sub(v128.load(cr + at), middle);
      const r = i16x8.add_sat_s(luma, i16x8.add_sat_s(red, times(red, 0.402)));
      const g = i16x8.sub_sat_s(i16x8.sub_sat_s(luma, times(blue, 0.344136)), times(red, 0.714136));
      const b = i16x8.add_sat_s(luma, i16x8.add_sat_s(blue, times(blue, 0.772)));
      const rg = i8x16.narrow_i16x8_u(i16x8.shr_s(r, 7), i16x8.shr_s(g, 7));
      const bb = i8x16.narrow_i16x8_u(i16x8.shr_s(b, 7), b);
      const to = rgb + <usize>(3 * (row * width + x));
      v128.store(to, v128.shuffle<i8>(rg, bb, 0, 8, 16, 1, 9, 17, 2, 10, 18, 3, 11, 19, 4, 12, 20, 5));
      const rest = v128.shuffle<i8>(rg, bb, 13, 21, 6, 14, 22, 7, 15, 23, 0, 0, 0, 0, 0, 0, 0, 0);
      v128.store64_lane(to + 16, rest, 0);
    }
  }
}

@inline
function times(values: v128, factor: f64): v128 {
  return i16x8.q15mulr_sat_s(values, i16x8.splat(<i16>(32768 * factor + 0.5)));
}
