import { F32, F64 } from './memory';
import { mirrored, mirrorEnds } from './padding';

/**
 * Sobel magnitude: gradients in float64, rounded, the rest in float32.
 * @param padded work space for `(height + 2) (width + 2)` numbers
 */
export function sobel(values: F32, out: F32, padded: F64, height: i32, width: i32): void {
  const stride = width + 2;
  for (let y = -1; y <= height; y++) {
    const from = mirrored(y, height) * width;
    const to = (y + 1) * stride + 1;
    for (let x = 0; x < width; x += 2) padded.setTwo(to + x, values.two(from + x));
    mirrorEnds(padded, to, width, 1);
  }
  const root2 = f32x4.splat(1.41421356);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x += 4) {
      const at = y * stride + x; // one row above and one column left of the pixel
      const gy = rounded(gradient(padded, at, 2 * stride, 1), gradient(padded, at + 2, 2 * stride, 1));
      const gx = rounded(gradient(padded, at, 2, stride), gradient(padded, at + 2, 2, stride));
      const squares = f32x4.add(f32x4.mul(gy, gy), f32x4.mul(gx, gx));
      out.setFour(y * width + x, f32x4.div(f32x4.sqrt(squares), root2));
    }
  }
}

/**
 * `(b - a) / 4` for two pixels: a and b are the sums of both sides, `along` apart, each weighted 1 2 1 over
 * elements `across` apart.
 */
@inline
function gradient(padded: F64, at: i32, along: i32, across: i32): v128 {
  return f64x2.mul(f64x2.sub(side(padded, at + along, across), side(padded, at, across)), f64x2.splat(0.25));
}

@inline
function side(padded: F64, at: i32, across: i32): v128 {
  const twice = f64x2.mul(padded.two(at + across), f64x2.splat(2));
  return f64x2.add(f64x2.add(padded.two(at), twice), padded.two(at + 2 * across));
}

/** Two times two float64 numbers as four float32 numbers. */
@inline
function rounded(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 2);
}
