import { high, low, transpose } from './lanes';

/**
 * Inverse DCT of 8 x 8 coefficients by Loeffler, Ligtenberg and Moschytz (ICASSP 1989), with libjpeg's constants (13 bits) and
 * rounding (`jidctint.c`), so bit for bit what libjpeg's accurate one gives.
 *
 * @param block coefficients, i16, row-major; overwritten.
 * @param to where the first column goes: each is eight bytes down, `stride` bytes apart.
 */
@inline
export function inverseDct(block: usize, to: usize, stride: usize): void {
  transform(block, 11);
  transpose(block, 16, block, 16);
  transform(block, 18);
  const middle = i16x8.splat(128);
  for (let x: usize = 0; x < 8; x++) {
    const column = i16x8.add_sat_s(v128.load(block + 16 * x), middle);
    v128.store64_lane(to + x * stride, i8x16.narrow_i16x8_u(column, column), 0);
  }
}

/** The same where all coefficients but the first are 0. */
@inline
export function inverseDctFlat(first: i32, to: usize, stride: usize): void {
  const level = min(255, max(0, ((first + 4) >> 3) + 128));
  for (let x: usize = 0; x < 8; x++) store<u64>(to + x * stride, <u64>level * 0x0101010101010101);
}

/** Half the columns' results, i32, from which each row's eight are packed. */
const results: usize = memory.data(256, 16);

/** One dimension: of each column, in place. Results are shifted right, rounded. */
@inline
function transform(block: usize, shift: i32): void {
  const r0 = v128.load(block);
  const r1 = v128.load(block, 16);
  const r2 = v128.load(block, 32);
  const r3 = v128.load(block, 48);
  const r4 = v128.load(block, 64);
  const r5 = v128.load(block, 80);
  const r6 = v128.load(block, 96);
  const r7 = v128.load(block, 112);
  const r73 = i16x8.add(r7, r3);
  const r51 = i16x8.add(r5, r1);
  half(low(r0, r4), low(r2, r6), low(r73, r51), low(r7, r1), low(r5, r3), shift, results);
  half(high(r0, r4), high(r2, r6), high(r73, r51), high(r7, r1), high(r5, r3), shift, results + 128);
  for (let i: usize = 0; i < 128; i += 16) {
    v128.store(block + i, i16x8.narrow_i32x4_s(v128.load(results + i), v128.load(results + 128 + i)));
  }
}

/** Four columns, of which two rows each come mixed. */
@inline
function half(r04: v128, r26: v128, sums: v128, r71: v128, r53: v128, shift: i32, to: usize): void {
  const round = i32x4.splat(1 << (shift - 1));
  // Even rows: 0.541196100, + 0.765366865, - 1.847759065.
  const e0 = i32x4.add(products(r04, 8192, 8192), round);
  const e1 = i32x4.add(products(r04, 8192, -8192), round);
  const e2 = products(r26, 4433, -10704);
  const e3 = products(r26, 10703, 4433);
  const even0 = i32x4.add(e0, e3);
  const even1 = i32x4.add(e1, e2);
  const even2 = i32x4.sub(e1, e2);
  const even3 = i32x4.sub(e0, e3);
  // Odd rows: 1.175875602 - 1.961570560, 1.175875602 - 0.390180644; 0.298631336, 2.053119869, 3.072711026, 1.501321110, of which
  // 0.899976223 and 2.562915447 are taken away.
  const z3 = products(sums, -6436, 9633);
  const z4 = products(sums, 9633, 6437);
  const odd3 = i32x4.add(products(r71, -4927, -7373), z3);
  const odd2 = i32x4.add(products(r53, -4176, -20995), z4);
  const odd1 = i32x4.add(products(r53, -20995, 4177), z3);
  const odd0 = i32x4.add(products(r71, -7373, 4926), z4);
  v128.store(to, i32x4.shr_s(i32x4.add(even0, odd0), shift));
  v128.store(to, i32x4.shr_s(i32x4.add(even1, odd1), shift), 16);
  v128.store(to, i32x4.shr_s(i32x4.add(even2, odd2), shift), 32);
  v128.store(to, i32x4.shr_s(i32x4.add(even3, odd3), shift), 48);
  v128.store(to, i32x4.shr_s(i32x4.sub(even3, odd3), shift), 64);
  v128.store(to, i32x4.shr_s(i32x4.sub(even2, odd2), shift), 80);
  v128.store(to, i32x4.shr_s(i32x4.sub(even1, odd1), shift), 96);
  v128.store(to, i32x4.shr_s(i32x4.sub(even0, odd0), shift), 112);
}

/** a x + b y of mixed pairs (x, y). */
@inline
function products(pairs: v128, a: i32, b: i32): v128 {
  return i32x4.dot_i16x8_s(pairs, i32x4.splat((a & 0xffff) | (b << 16)));
}
