import { F32, I32, U8 } from './memory';
import { skip } from './runs';

/** Number of intervals; the last holds the largest value alone, if its interval rounds up. */
const intervals = 1025;

/** The intervals of four values; a larger value is never in a lower interval. */
@inline
function places(four: v128, min: f32, factor: f32): v128 {
  return f32x4.mul(f32x4.sub(four, f32x4.splat(min)), f32x4.splat(factor));
}

/**
 * Counts values by interval, `(x - min) factor` truncated.
 * @param counts four tables of 1025 zeros, used in turn, because neighbouring values often lie in the same
 *   interval and would wait for each other; the result is their sum, in the first
 */
export function countIntervals(values: F32, counts: I32, n: i32, min: f32, factor: f32): void {
  for (let i = 0; i < n; i += 4) {
    const whole = i32x4.trunc_sat_f32x4_s(places(values.four(i), min, factor));
    const four = i32x4.min_u(whole, i32x4.splat(intervals - 1));
    counts[i32x4.extract_lane(four, 0)]++;
    if (i + 1 < n) counts[intervals + i32x4.extract_lane(four, 1)]++;
    if (i + 2 < n) counts[2 * intervals + i32x4.extract_lane(four, 2)]++;
    if (i + 3 < n) counts[3 * intervals + i32x4.extract_lane(four, 3)]++;
  }
  for (let i = 0; i < intervals; i++) {
    counts[i] = counts[i] + counts[intervals + i] + counts[2 * intervals + i] + counts[3 * intervals + i];
  }
}

/** The values of one interval. */
export function takeInterval(
  values: F32,
  out: F32,
  n: i32,
  min: f32,
  factor: f32,
  interval: i32,
): void {
  const from = f32x4.splat(<f32>interval);
  // NaN for the last interval, which has no upper end: comparisons with NaN are false.
  const to = f32x4.splat(interval < intervals - 1 ? <f32>(interval + 1) : f32.NaN);
  let size = 0;
  for (let i = 0; i < n; i += 4) {
    const four = places(values.four(i), min, factor);
    const hits = i32x4.bitmask(v128.andnot(f32x4.ge(four, from), f32x4.ge(four, to)));
    if (hits == 0) continue;
    for (let lane = 0; lane < 4 && i + lane < n; lane++) {
      if ((hits >> lane) & 1) out[size++] = values[i + lane];
    }
  }
}

/**
 * Copies the values where the mask is 1, one after the other.
 * @returns their number
 */
export function take(values: F32, mask: U8, out: F32, n: i32): i32 {
  let size = 0;
  for (let i = skip(mask, 0, n, 0); i < n; i = skip(mask, i, n, 0)) {
    const end = skip(mask, i, n, 1);
    for (let k = i; k < end; k += 4) out.setFour(size + k - i, values.four(k));
    size += end - i;
    i = end;
  }
  return size;
}
