import { F32, F64 } from './memory';
import { mirrored, mirrorEnds } from './padding';

/**
 * Mean over 5 x 5 pixels of the scaled map, `(x - min) / range`, mirrored at the borders.
 * @param padded work space for `(height + 4) (width + 4)` numbers
 */
export function meanFilter(
  values: F32,
  out: F32,
  padded: F64,
  height: i32,
  width: i32,
  min: f32,
  range: f32,
): void {
  const stride = width + 4;
  for (let y = -2; y < height + 2; y++) {
    const from = mirrored(y, height) * width;
    const to = (y + 2) * stride + 2;
    for (let x = 0; x < width; x += 4) {
      const scaled = f32x4.div(f32x4.sub(values.four(from + x), f32x4.splat(min)), f32x4.splat(range));
      const part = f64x2.splat(1.0 / 25.0);
      padded.setTwo(to + x, f64x2.mul(f64x2.promote_low_f32x4(scaled), part));
      const upper = v128.shuffle<i64>(scaled, scaled, 1, 1);
      padded.setTwo(to + x + 2, f64x2.mul(f64x2.promote_low_f32x4(upper), part));
    }
    mirrorEnds(padded, to, width, 2);
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x += 4) {
      // The window is separable, but all 25 terms are summed in reading order: the sum then rounds to the
      // same float32 as SciPy's. The bounds are compared for equality with edges computed from these values.
      let left = f64x2.splat(0);
      let right = left;
      for (let k = 0, at = y * stride + x; k < 5; k++, at += stride) {
        const c = padded.two(at + 2);
        const d = padded.two(at + 3);
        const e = padded.two(at + 4);
        left = f64x2.add(left, padded.two(at));
        left = f64x2.add(left, padded.two(at + 1));
        left = f64x2.add(f64x2.add(f64x2.add(left, c), d), e);
        right = f64x2.add(f64x2.add(f64x2.add(right, c), d), e);
        right = f64x2.add(right, padded.two(at + 5));
        right = f64x2.add(right, padded.two(at + 6));
      }
      out.setTwo(y * width + x, left);
      out.setTwo(y * width + x + 2, right);
    }
  }
}
