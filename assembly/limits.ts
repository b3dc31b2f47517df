import { F32, U8 } from './memory';

/**
 * Marks the values above a limit.
 * @returns their number
 */
export function above(values: F32, mask: U8, n: i32, limit: f64): i32 {
  const least = f32x4.splat(floor32(limit));
  let count = 0;
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    const marks = sixteen(
      f32x4.gt(values.four(i), least),
      f32x4.gt(values.four(i + 4), least),
      f32x4.gt(values.four(i + 8), least),
      f32x4.gt(values.four(i + 12), least),
    );
    mask.setSixteen(i, marks);
    count += i32.popcnt(i8x16.bitmask(i8x16.neg(marks)));
  }
  for (; i < n; i++) {
    const mark = i32(<f64>values[i] > limit);
    mask[i] = mark;
    count += mark;
  }
  return count;
}

/** The region, with the pixels inside `roi` whose value is at least `limit`. */
export function withStrong(region: U8, values: F32, roi: U8, out: U8, n: i32, limit: f64): void {
  const least = f32x4.splat(-floor32(-limit));
  for (let i = 0; i < n; i += 16) {
    const strong = sixteen(
      f32x4.ge(values.four(i), least),
      f32x4.ge(values.four(i + 4), least),
      f32x4.ge(values.four(i + 8), least),
      f32x4.ge(values.four(i + 12), least),
    );
    out.setSixteen(i, v128.or(region.sixteen(i), v128.and(strong, roi.sixteen(i))));
  }
}

/** Sixteen comparisons as sixteen bytes, 0 or 1. */
@inline
function sixteen(a: v128, b: v128, c: v128, d: v128): v128 {
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
  return i8x16.neg(bytes);
}

/** The largest float32 number <= `x`: a float32 number exceeds it if and only if it exceeds `x`. */
function floor32(x: f64): f32 {
  const near = <f32>x;
  if (<f64>near <= x) return near;
  const bits = reinterpret<i32>(near);
  return reinterpret<f32>(near > 0 ? bits - 1 : near < 0 ? bits + 1 : i32.MIN_VALUE + 1);
}
