/**
 * Arrays in memory, laid out by the host: an instance of a class is the address of its first element. Bounds
 * are not checked. The host leaves 64 bytes after each array, so that a kernel may write a few elements too
 * many.
 */

/** Where the memory begins in which the host may place arrays. */
export const base: usize = __heap_base;

@unmanaged
export class F32 {
  @inline
  @operator('[]')
  get(i: i32): f32 {
    return load<f32>(changetype<usize>(this) + ((<usize>i) << 2));
  }

  @inline
  @operator('[]=')
  set(i: i32, value: f32): void {
    store<f32>(changetype<usize>(this) + ((<usize>i) << 2), value);
  }

  /** Four elements from index `i` on. */
  @inline
  four(i: i32): v128 {
    return v128.load(changetype<usize>(this) + ((<usize>i) << 2));
  }

  @inline
  setFour(i: i32, values: v128): void {
    v128.store(changetype<usize>(this) + ((<usize>i) << 2), values);
  }

  /** Two elements from index `i` on, as float64. */
  @inline
  two(i: i32): v128 {
    return f64x2.promote_low_f32x4(v128.load64_zero(changetype<usize>(this) + ((<usize>i) << 2)));
  }

  /** Two float64 elements, rounded. */
  @inline
  setTwo(i: i32, values: v128): void {
    const rounded = f32x4.demote_f64x2_zero(values);
    v128.store64_lane(changetype<usize>(this) + ((<usize>i) << 2), rounded, 0);
  }
}

@unmanaged
export class F64 {
  @inline
  @operator('[]')
  get(i: i32): f64 {
    return load<f64>(changetype<usize>(this) + ((<usize>i) << 3));
  }

  @inline
  @operator('[]=')
  set(i: i32, value: f64): void {
    store<f64>(changetype<usize>(this) + ((<usize>i) << 3), value);
  }

  /** Two elements from index `i` on. */
  @inline
  two(i: i32): v128 {
    return v128.load(changetype<usize>(this) + ((<usize>i) << 3));
  }

  @inline
  setTwo(i: i32, values: v128): void {
    v128.store(changetype<usize>(this) + ((<usize>i) << 3), values);
  }
}

@unmanaged
export class I32 {
  @inline
  @operator('[]')
  get(i: i32): i32 {
    return load<i32>(changetype<usize>(this) + ((<usize>i) << 2));
  }

  @inline
  @operator('[]=')
  set(i: i32, value: i32): void {
    store<i32>(changetype<usize>(this) + ((<usize>i) << 2), value);
  }
}

@unmanaged
export class U8 {
  @inline
  @operator('[]')
  get(i: i32): i32 {
    return load<u8>(changetype<usize>(this) + <usize>i);
  }

  @inline
  @operator('[]=')
  set(i: i32, value: i32): void {
    store<u8>(changetype<usize>(this) + <usize>i, <u8>value);
  }

  /** Sixteen elements from index `i` on. */
  @inline
  sixteen(i: i32): v128 {
    return v128.load(changetype<usize>(this) + <usize>i);
  }

  @inline
  setSixteen(i: i32, values: v128): void {
    v128.store(changetype<usize>(this) + <usize>i, values);
  }

  /** Three elements from index `i` on as float32, and 1. */
  @inline
  colour(i: i32): v128 {
    const bytes = v128.load32_zero(changetype<usize>(this) + <usize>i);
    const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
    return f32x4.replace_lane(f32x4.convert_i32x4_u(words), 3, 1);
  }

  /** Two times two float64 numbers in 0 to 255, truncated. */
  @inline
  setFour(i: i32, a: v128, b: v128): void {
    const words = v128.shuffle<i64>(i32x4.trunc_sat_f64x2_s_zero(a), i32x4.trunc_sat_f64x2_s_zero(b), 0, 2);
    const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_u(words, words), words);
    v128.store32_lane(changetype<usize>(this) + <usize>i, bytes, 0);
  }
}
