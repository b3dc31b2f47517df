/** Eight lanes of 16 bits: how they are mixed. */

/** a0 b0 a1 b1 a2 b2 a3 b3 */
@inline
export function low(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

/** a4 b4 a5 b5 a6 b6 a7 b7 */
@inline
export function high(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** Rows of eight become columns; `to` may be where they come from. */
@inline
export function transpose(from: usize, fromStride: usize, to: usize, toStride: usize): void {
  const a0 = v128.load(from);
  const a1 = v128.load(from + fromStride);
  const a2 = v128.load(from + 2 * fromStride);
  const a3 = v128.load(from + 3 * fromStride);
  const a4 = v128.load(from + 4 * fromStride);
  const a5 = v128.load(from + 5 * fromStride);
  const a6 = v128.load(from + 6 * fromStride);
  const a7 = v128.load(from + 7 * fromStride);
  const b0 = low(a0, a4);
  const b1 = high(a0, a4);
  const b2 = low(a1, a5);
  const b3 = high(a1, a5);
  const b4 = low(a2, a6);
  const b5 = high(a2, a6);
  const b6 = low(a3, a7);
  const b7 = high(a3, a7);
  const c0 = low(b0, b4);
  const c1 = high(b0, b4);
  const c2 = low(b1, b5);
  const c3 = high(b1, b5);
  const c4 = low(b2, b6);
  const c5 = high(b2, b6);
  const c6 = low(b3, b7);
  const c7 = high(b3, b7);
  v128.store(to, low(c0, c4));
  v128.store(to + toStride, high(c0, c4));
  v128.store(to + 2 * toStride, low(c1, c5));
  v128.store(to + 3 * toStride, high(c1, c5));
  v128.store(to + 4 * toStride, low(c2, c6));
  v128.store(to + 5 * toStride, high(c2, c6));
  v128.store(to + 6 * toStride, low(c3, c7));
  v128.store(to + 7 * toStride, high(c3, c7));
}
