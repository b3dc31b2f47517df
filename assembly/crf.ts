import { F32 } from './memory';

/**
 * exp(-distance), distance >= 0: 2^n by its bits, times 2^f by its Taylor series, |f| <= 1/2, to 2e-7; 0 below 2^-126. Adding
 * 1.5 * 2^23 rounds, and leaves n in the lowest bits.
 */
@inline
function decayed(distance: v128): v128 {
  const power = f32x4.max(f32x4.mul(distance, f32x4.splat(-1.44269504)), f32x4.splat(-127)); // log2 e
  const shifted = f32x4.add(power, f32x4.splat(12582912));
  const f = f32x4.sub(power, f32x4.sub(shifted, f32x4.splat(12582912)));
  let sum = f32x4.splat(0.000154035304); // ln(2)^k / k!, k = 6 to 0
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.00133335581));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.00961812911));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.0555041087));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.240226507));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(0.693147181));
  sum = f32x4.add(f32x4.mul(sum, f), f32x4.splat(1));
  return f32x4.mul(sum, i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(127 << 23)));
}

/** The first column that a block of four places sees, and the one behind the last. */
@inline
function left(x: i32, near: i32): i32 {
  return max(0, x - near + 1) & ~3;
}
@inline
function right(x: i32, near: i32, size: i32): i32 {
  return min(size, x + 3 + near);
}

@inline
function total(four: v128): f32 {
  return (
    f32x4.extract_lane(four, 0) +
    f32x4.extract_lane(four, 1) +
    (f32x4.extract_lane(four, 2) + f32x4.extract_lane(four, 3))
  );
}

/** How unlike a place and four others are in colour: the squared difference. */
@inline
function unlike(l: f32, a: f32, b: f32, lj: v128, aj: v128, bj: v128): v128 {
  const dl = f32x4.sub(lj, f32x4.splat(l));
  const da = f32x4.sub(aj, f32x4.splat(a));
  const db = f32x4.sub(bj, f32x4.splat(b));
  return f32x4.add(f32x4.mul(dl, dl), f32x4.add(f32x4.mul(da, da), f32x4.mul(db, db)));
}

/**
 * `exp(-distance)` of pairs of places i < j of a grid that are less than `near` rows and columns apart, or a little more: for each
 * four places that lie side by side, row by row from their own on, four by four columns for the first, the second, the third and the
 * fourth place in turn. Pairs i >= j, which the first four columns of their own row have, are 0.
 * @param around from `-3 - size` to `size + 3` places away: the distance that adds, in a row as in a column.
 * @param sums of each place with all others.
 * @param size a multiple of 4.
 * @param alike what a difference of colour adds, squared.
 */
export function affinities(
  l: F32,
  a: F32,
  b: F32,
  around: F32,
  pairs: F32,
  sums: F32,
  size: i32,
  near: i32,
  alike: f32,
): void {
  const scale = f32x4.splat(alike);
  const middle = size + 3;
  for (let i = 0; i < size * size; i++) sums[i] = 0;
  for (let yi = 0, i = 0, at = 0; yi < size; yi++) {
    const bottom = min(size, yi + near);
    for (let xi = 0; xi < size; xi += 4, i += 4) {
      const end = right(xi, near, size);
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      for (let y = yi; y < bottom; y++) {
        const vertical = f32x4.splat(around[y - yi + middle]);
        for (let x = y == yi ? xi : left(xi, near); x < end; x += 4, at += 16) {
          const j = y * size + x;
          const lj = l.four(j);
          const aj = a.four(j);
          const bj = b.four(j);
          const d = x - xi + middle;
          const apart0 = f32x4.add(vertical, around.four(d));
          const apart1 = f32x4.add(vertical, around.four(d - 1));
          const apart2 = f32x4.add(vertical, around.four(d - 2));
          const apart3 = f32x4.add(vertical, around.four(d - 3));
          const unlike0 = unlike(l[i], a[i], b[i], lj, aj, bj);
          const unlike1 = unlike(l[i + 1], a[i + 1], b[i + 1], lj, aj, bj);
          const unlike2 = unlike(l[i + 2], a[i + 2], b[i + 2], lj, aj, bj);
          const unlike3 = unlike(l[i + 3], a[i + 3], b[i + 3], lj, aj, bj);
          let k0 = decayed(f32x4.add(apart0, f32x4.mul(unlike0, scale)));
          let k1 = decayed(f32x4.add(apart1, f32x4.mul(unlike1, scale)));
          let k2 = decayed(f32x4.add(apart2, f32x4.mul(unlike2, scale)));
          let k3 = decayed(f32x4.add(apart3, f32x4.mul(unlike3, scale)));
          if (j == i) {
            k0 = v128.and(k0, i32x4(0, -1, -1, -1));
            k1 = v128.and(k1, i32x4(0, 0, -1, -1));
            k2 = v128.and(k2, i32x4(0, 0, 0, -1));
            k3 = i32x4.splat(0);
          }
          pairs.setFour(at, k0);
          pairs.setFour(at + 4, k1);
          pairs.setFour(at + 8, k2);
          pairs.setFour(at + 12, k3);
          s0 = f32x4.add(s0, k0);
          s1 = f32x4.add(s1, k1);
          s2 = f32x4.add(s2, k2);
          s3 = f32x4.add(s3, k3);
          sums.setFour(j, f32x4.add(sums.four(j), f32x4.add(f32x4.add(k0, k1), f32x4.add(k2, k3))));
        }
      }
      sums[i] += total(s0);
      sums[i + 1] += total(s1);
      sums[i + 2] += total(s2);
      sums[i + 3] += total(s3);
    }
  }
}

/** `heard = K votes`, K symmetric with zeros on its diagonal, from its pairs as `affinities` leaves them: each is read once, for both. */
export function hear(pairs: F32, votes: F32, heard: F32, size: i32, near: i32): void {
  for (let i = 0; i < size * size; i++) heard[i] = 0;
  for (let yi = 0, i = 0, at = 0; yi < size; yi++) {
    const bottom = min(size, yi + near);
    for (let xi = 0; xi < size; xi += 4, i += 4) {
      const v0 = f32x4.splat(votes[i]);
      const v1 = f32x4.splat(votes[i + 1]);
      const v2 = f32x4.splat(votes[i + 2]);
      const v3 = f32x4.splat(votes[i + 3]);
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      const end = right(xi, near, size);
      for (let y = yi; y < bottom; y++) {
        for (let x = y == yi ? xi : left(xi, near); x < end; x += 4, at += 16) {
          const j = y * size + x;
          const vote = votes.four(j);
          const k0 = pairs.four(at);
          const k1 = pairs.four(at + 4);
          const k2 = pairs.four(at + 8);
          const k3 = pairs.four(at + 12);
          s0 = f32x4.add(s0, f32x4.mul(k0, vote));
          s1 = f32x4.add(s1, f32x4.mul(k1, vote));
          s2 = f32x4.add(s2, f32x4.mul(k2, vote));
          s3 = f32x4.add(s3, f32x4.mul(k3, vote));
          const one = f32x4.add(f32x4.mul(k0, v0), f32x4.mul(k1, v1));
          const other = f32x4.add(f32x4.mul(k2, v2), f32x4.mul(k3, v3));
          heard.setFour(j, f32x4.add(heard.four(j), f32x4.add(one, other)));
        }
      }
      heard[i] += total(s0);
      heard[i + 1] += total(s1);
      heard[i + 2] += total(s2);
      heard[i + 3] += total(s3);
    }
  }
}
