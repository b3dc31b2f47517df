import { F32 } from './memory';

/** The smallest and the largest of `n` >= 1 values, in `ends[0]` and `ends[1]`; both NaN if any value is. */
export function extremes(values: F32, ends: F32, n: i32): void {
  let least = f32x4.splat(values[0]);
  let most = least;
  let same = i32x4.splat(-1);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const four = values.four(i);
    least = f32x4.pmin(least, four);
    most = f32x4.pmax(most, four);
    same = v128.and(same, f32x4.eq(four, four));
  }
  let min = f32x4.extract_lane(least, 0);
  let max = f32x4.extract_lane(most, 0);
  ends.setFour(0, least);
  ends.setFour(4, most);
  for (let lane = 1; lane < 4; lane++) {
    if (ends[lane] < min) min = ends[lane];
    if (ends[4 + lane] > max) max = ends[4 + lane];
  }
  let isNumber = i32x4.all_true(same);
  for (; i < n; i++) {
    const value = values[i];
    if (value < min) min = value;
    if (value > max) max = value;
    if (value != value) isNumber = false;
  }
  ends[0] = isNumber ? min : f32.NaN;
  ends[1] = isNumber ? max : f32.NaN;
}

/** `(x - min) / range`; `out` may be `values`. */
export function scale(values: F32, out: F32, n: i32, min: f32, range: f32): void {
  for (let i = 0; i < n; i += 4) {
    out.setFour(i, f32x4.div(f32x4.sub(values.four(i), f32x4.splat(min)), f32x4.splat(range)));
  }
}
