import { F32 } from './memory';

/**
 * exp(-distance) for distance >= 0, as 2^n 2^f with |f| <= 1/2: 2^n is written into the exponent bits, 2^f is
 * a Taylor series with an error up to 2e-7; 0 below 2^-126. Adding 1.5 * 2^23 rounds, and leaves n in the
 * lowest bits.
 */
@inline
function expNegative(distance: v128): v128 {
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

/**
 * The first column within reach of a block of four cells, rounded down to a multiple of 4, and the end of
 * these columns.
 */
@inline
function left(x: i32, reach: i32): i32 {
  return max(0, x - reach + 1) & ~3;
}
@inline
function right(x: i32, reach: i32, size: i32): i32 {
  return min(size, x + 3 + reach);
}

@inline
function sumLanes(four: v128): f32 {
  return (
    f32x4.extract_lane(four, 0) +
    f32x4.extract_lane(four, 1) +
    (f32x4.extract_lane(four, 2) + f32x4.extract_lane(four, 3))
  );
}

/** Squared distance between the colour of one cell and those of four others. */
@inline
function squaredDistance(l: f32, a: f32, b: f32, lj: v128, aj: v128, bj: v128): v128 {
  const dl = f32x4.sub(lj, f32x4.splat(l));
  const da = f32x4.sub(aj, f32x4.splat(a));
  const db = f32x4.sub(bj, f32x4.splat(b));
  return f32x4.add(f32x4.mul(dl, dl), f32x4.add(f32x4.mul(da, da), f32x4.mul(db, db)));
}

/**
 * The kernel K before scaling, `exp(-distance)`, of pairs of cells i < j of a grid that are less than `reach`
 * rows and columns apart, or up to three columns more. Blocks of four neighbouring cells follow each other.
 * For each block come the cells j in reach, row by row from the block's own row on, four columns at a time:
 * the four values of the block's first cell, then those of its second, third and fourth. Pairs i >= j, which
 * occur in the first four columns of the block's own row, are 0.
 * @param spatial the spatial term of the distance, for offsets from `-3 - size` to `size + 3`; the same for
 * rows and columns
 * @param pairs the result
 * @param sums the sum of each cell's values over all other cells; the second result
 * @param size a multiple of 4
 * @param reach in rows or columns
 * @param colourScale factor of squared colour distances
 */
export function affinities(
  l: F32,
  a: F32,
  b: F32,
  spatial: F32,
  pairs: F32,
  sums: F32,
  size: i32,
  reach: i32,
  colourScale: f32,
): void {
  const scale = f32x4.splat(colourScale);
  const middle = size + 3;
  for (let i = 0; i < size * size; i++) sums[i] = 0;
  for (let yi = 0, i = 0, at = 0; yi < size; yi++) {
    const bottom = min(size, yi + reach);
    for (let xi = 0; xi < size; xi += 4, i += 4) {
      const end = right(xi, reach, size);
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      for (let y = yi; y < bottom; y++) {
        const vertical = f32x4.splat(spatial[y - yi + middle]);
        for (let x = y == yi ? xi : left(xi, reach); x < end; x += 4, at += 16) {
          const j = y * size + x;
          const lj = l.four(j);
          const aj = a.four(j);
          const bj = b.four(j);
          const d = x - xi + middle;
          const spatial0 = f32x4.add(vertical, spatial.four(d));
          const spatial1 = f32x4.add(vertical, spatial.four(d - 1));
          const spatial2 = f32x4.add(vertical, spatial.four(d - 2));
          const spatial3 = f32x4.add(vertical, spatial.four(d - 3));
          const colour0 = squaredDistance(l[i], a[i], b[i], lj, aj, bj);
          const colour1 = squaredDistance(l[i + 1], a[i + 1], b[i + 1], lj, aj, bj);
          const colour2 = squaredDistance(l[i + 2], a[i + 2], b[i + 2], lj, aj, bj);
          const colour3 = squaredDistance(l[i + 3], a[i + 3], b[i + 3], lj, aj, bj);
          let k0 = expNegative(f32x4.add(spatial0, f32x4.mul(colour0, scale)));
          let k1 = expNegative(f32x4.add(spatial1, f32x4.mul(colour1, scale)));
          let k2 = expNegative(f32x4.add(spatial2, f32x4.mul(colour2, scale)));
          let k3 = expNegative(f32x4.add(spatial3, f32x4.mul(colour3, scale)));
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
      sums[i] += sumLanes(s0);
      sums[i + 1] += sumLanes(s1);
      sums[i + 2] += sumLanes(s2);
      sums[i + 3] += sumLanes(s3);
    }
  }
}

/**
 * Message passing, `messages = K labels`. K is symmetric with zeros on its diagonal. `pairs` has its values i
 * < j in the layout of `affinities`; each is read once and used for both directions.
 */
export function passMessages(pairs: F32, labels: F32, messages: F32, size: i32, reach: i32): void {
  for (let i = 0; i < size * size; i++) messages[i] = 0;
  for (let yi = 0, i = 0, at = 0; yi < size; yi++) {
    const bottom = min(size, yi + reach);
    for (let xi = 0; xi < size; xi += 4, i += 4) {
      const v0 = f32x4.splat(labels[i]);
      const v1 = f32x4.splat(labels[i + 1]);
      const v2 = f32x4.splat(labels[i + 2]);
      const v3 = f32x4.splat(labels[i + 3]);
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      const end = right(xi, reach, size);
      for (let y = yi; y < bottom; y++) {
        for (let x = y == yi ? xi : left(xi, reach); x < end; x += 4, at += 16) {
          const j = y * size + x;
          const label = labels.four(j);
          const k0 = pairs.four(at);
          const k1 = pairs.four(at + 4);
          const k2 = pairs.four(at + 8);
          const k3 = pairs.four(at + 12);
          s0 = f32x4.add(s0, f32x4.mul(k0, label));
          s1 = f32x4.add(s1, f32x4.mul(k1, label));
          s2 = f32x4.add(s2, f32x4.mul(k2, label));
          s3 = f32x4.add(s3, f32x4.mul(k3, label));
          const one = f32x4.add(f32x4.mul(k0, v0), f32x4.mul(k1, v1));
          const other = f32x4.add(f32x4.mul(k2, v2), f32x4.mul(k3, v3));
          messages.setFour(j, f32x4.add(messages.four(j), f32x4.add(one, other)));
        }
      }
      messages[i] += sumLanes(s0);
      messages[i + 1] += sumLanes(s1);
      messages[i + 2] += sumLanes(s2);
      messages[i + 3] += sumLanes(s3);
    }
  }
}
