/** The bits of a JPEG scan, most significant first, read one value at a time. */

/** The next bits, from the top on; below them zeros. */
let bits: u64 = 0;
/** How many there are. */
let held: i32 = 0;
/** Where the next bytes come from. */
let next: usize = 0;

@inline
export function startBits(at: usize): void {
  bits = 0;
  held = 0;
  next = at;
}

/** Sees to it that at least 32 bits are there to be taken. */
@inline
export function fillBits(): void {
  if (held >= 32) return;
  bits |= (<u64>bswap<u32>(load<u32>(next))) << (32 - held);
  next += 4;
  held += 32;
}

/** The next `count` bits, 1 to 32, which stay. */
@inline
export function peekBits(count: i32): u32 {
  return <u32>(bits >> (64 - count));
}

@inline
export function skipBits(count: i32): void {
  bits <<= count;
  held -= count;
}

/** A number of 1 to 16 bits as JPEG writes it: one that begins with 0 is negative (ITU-T T.81, F.2.2.1, EXTEND). */
@inline
export function takeNumber(count: i32): i32 {
  const value = <i32>peekBits(count);
  const negative = <i32>(~(<i64>bits) >> 63); // all ones, or 0
  skipBits(count);
  return value + (negative & (1 - (1 << count)));
}

/** The byte after the last one of which bits were taken. */
@inline
export function bitsEnd(): usize {
  return next - (held >> 3);
}
