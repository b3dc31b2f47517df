/**
 * Copies the bytes of a scan without the zeros that follow each 0xff, and 64 zeros behind them.
 * @returns where the copy ends; 0 where the scan is not followed by the end of the image (EOI).
 */
export function unstuff(from: usize, end: usize, to: usize): usize {
  const marks = i8x16.splat(-1);
  while (from + 1 < end) {
    if (from + 16 <= end) {
      const bytes = v128.load(from);
      v128.store(to, bytes);
      const marked = i8x16.bitmask(i8x16.eq(bytes, marks));
      const plain = marked == 0 ? 16 : ctz(marked);
      from += plain;
      to += plain;
      if (marked == 0 || from + 1 >= end) continue;
    }
    const byte = load<u8>(from++);
    if (byte == 0xff) {
      const mark = load<u8>(from++);
      if (mark != 0) {
        memory.fill(to, 0, 64);
        return mark == 0xd9 ? to : 0;
      }
    }
    store<u8>(to++, byte);
  }
  return 0;
}
