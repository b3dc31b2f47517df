import { F32 } from './memory';

/** Places further apart than this, in the exponent, are strangers: exp(-12) < 1e-5. */
const reach: f32 = 12;

/** exp(-distance), distance >= 0: 2^n by its bits, times 2^f by its Taylor series, |f| <= 1/2, to 2e-7; 0 below 2^-126. */
@inline
function decayed(distance: v128): v128 {
  const power = f32x4.max(f32x4.mul(distance, f32x4.splat(-1.44269504)), f32x4.splat(-127)); // log2 e
  const whole = f32x4.nearest(power);
  const f = f32x4.sub(power, whole);
  let sum = f32x4.splat(0.000154035304); // ln(2)^k / k!, k = 6 to 0
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.00133335581));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.00961812911));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.0555041087));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.240226507));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.693147181));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(1));
  const bits = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(whole), i32x4.splat(127)), 23);
  return f32x4.mul(sum, bits);
}

/**
 * `exp(-distance)` of all pairs of places i < j of a grid, row after row; those `rows` rows apart, or more, are left as they are.
 * Behind `pairs`, four numbers more may be written.
 * @param around from `1 - size` to `size - 1` places away: the distance that adds, in a row as in a column.
 * @param alike what a difference of colour adds, squared.
 */
export function affinities(
  l: F32,
  a: F32,
  b: F32,
  around: F32,
  pairs: F32,
  size: i32,
  rows: i32,
  alike: f32,
): void {
  const n = size * size;
  const scale = f32x4.splat(alike);
  for (let i = 0, at = 0; i < n; i++) {
    const yi = i / size;
    const xi = i % size;
    const li = f32x4.splat(l[i]);
    const ai = f32x4.splat(a[i]);
    const bi = f32x4.splat(b[i]);
    const end = min(size, yi + rows);
    for (let y = yi, x = xi + 1; y < end; y++, x = 0) {
      const vertical = f32x4.splat(around[y - yi + size - 1]);
      // The last four of a row go beyond it: the next row writes over what is too much.
      for (let j = y * size + x; x < size; x += 4, j += 4) {
        const dl = f32x4.sub(l.four(j), li);
        const da = f32x4.sub(a.four(j), ai);
        const db = f32x4.sub(b.four(j), bi);
        const squares = f32x4.add(f32x4.mul(dl, dl), f32x4.add(f32x4.mul(da, da), f32x4.mul(db, db)));
        const near = f32x4.add(vertical, around.four(x - xi + size - 1));
        const seen = f32x4.lt(near, f32x4.splat(reach));
        pairs.setFour(at, v128.and(decayed(f32x4.add(near, f32x4.mul(squares, scale))), seen));
        at += min(4, size - x);
      }
    }
    at += (size - end) * size;
  }
}

/** `heard = K votes`, K symmetric with zeros on its diagonal, of which the pairs i < j are given: each is read once, for both. */
export function hear(pairs: F32, votes: F32, heard: F32, size: i32, rows: i32): void {
  const n = size * size;
  for (let i = 0; i < n; i++) heard[i] = 0;
  for (let i = 0, at = 0; i < n; i++) {
    const end = min(size, i / size + rows) * size;
    const vote = votes[i];
    const four = f32x4.splat(vote);
    let sums = f32x4.splat(0);
    let j = i + 1;
    for (; j + 4 <= end; j += 4, at += 4) {
      const k = pairs.four(at);
      sums = f32x4.add(sums, f32x4.mul(k, votes.four(j)));
      heard.setFour(j, f32x4.add(heard.four(j), f32x4.mul(k, four)));
    }
    let sum =
      f32x4.extract_lane(sums, 0) +
      f32x4.extract_lane(sums, 1) +
      (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
    for (; j < end; j++, at++) {
      sum += pairs[at] * votes[j];
      heard[j] += pairs[at] * vote;
    }
    at += n - end;
    heard[i] += sum;
  }
}
