import { F32, F64, I32, U8 } from './memory';

/**
 * Resizes a map `[h, w]`: first along its rows into `wide`, `[h, width]`, then along its columns. Element i
 * of a new axis is the sum over k < `count[i]` of `weights[i, k]` times element `first[i] + k` of the old
 * one.
 * @param weights `stride` of them for each element of the axis
 */
export function resize(
  values: F32,
  wide: F64,
  out: F32,
  oldHeight: i32,
  oldWidth: i32,
  height: i32,
  width: i32,
  firstAcross: I32,
  countAcross: I32,
  weightsAcross: F64,
  strideAcross: i32,
  firstDown: I32,
  countDown: I32,
  weightsDown: F64,
  strideDown: i32,
): void {
  for (let y = 0; y < oldHeight; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * oldWidth + firstAcross[x];
      wide[y * width + x] = <f64>(<f32>sumAlong(values, from, weightsAcross, x * strideAcross, countAcross[x], 0));
    }
  }
  for (let y = 0; y < height; y++) {
    const from = firstDown[y] * width;
    for (let x = 0; x < width; x += 4) {
      let left = f64x2.splat(0);
      let right = left;
      for (let k = 0, at = from + x; k < countDown[y]; k++, at += width) {
        const weight = f64x2.splat(weightsDown[y * strideDown + k]);
        left = f64x2.add(left, f64x2.mul(wide.two(at), weight));
        right = f64x2.add(right, f64x2.mul(wide.two(at + 2), weight));
      }
      out.setTwo(y * width + x, left);
      out.setTwo(y * width + x + 2, right);
    }
  }
}

/** `resize` for grey levels, rounded to whole ones after each pass. */
export function resizeGrey(
  values: F32,
  wide: F64,
  out: U8,
  oldHeight: i32,
  oldWidth: i32,
  height: i32,
  width: i32,
  firstAcross: I32,
  countAcross: I32,
  weightsAcross: F64,
  strideAcross: i32,
  firstDown: I32,
  countDown: I32,
  weightsDown: F64,
  strideDown: i32,
): void {
  for (let y = 0; y < oldHeight; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * oldWidth + firstAcross[x];
      wide[y * width + x] = floor(sumAlong(values, from, weightsAcross, x * strideAcross, countAcross[x], 0.5));
    }
  }
  for (let y = 0; y < height; y++) {
    const from = firstDown[y] * width;
    for (let x = 0; x < width; x += 4) {
      let left = f64x2.splat(0.5);
      let right = left;
      for (let k = 0, at = from + x; k < countDown[y]; k++, at += width) {
        const weight = f64x2.splat(weightsDown[y * strideDown + k]);
        left = f64x2.add(left, f64x2.mul(wide.two(at), weight));
        right = f64x2.add(right, f64x2.mul(wide.two(at + 2), weight));
      }
      out.setFour(y * width + x, left, right);
    }
  }
}

@inline
function sumAlong(values: F32, at: i32, weights: F64, place: i32, count: i32, start: f64): f64 {
  let sum = start;
  for (let k = 0; k < count; k++) sum += <f64>values[at + k] * weights[place + k];
  return sum;
}
