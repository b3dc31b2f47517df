/** Bytes, 0 to 255, as float32 in [0, 1]: x / 255. A multiple of 16 is written. */
export function toUnitRange(bytes: usize, out: usize, length: i32): void {
  const most = f32x4.splat(255);
  for (let i = 0; i < length; i += 16, out += 64) {
    const values = v128.load(bytes + i);
    const low = i16x8.extend_low_i8x16_u(values);
    const high = i16x8.extend_high_i8x16_u(values);
    v128.store(out, f32x4.div(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(low)), most));
    v128.store(out, f32x4.div(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(low)), most), 16);
    v128.store(out, f32x4.div(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(high)), most), 32);
    v128.store(out, f32x4.div(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(high)), most), 48);
  }
}
