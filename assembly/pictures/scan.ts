import { bitsEnd, fillBits, skipBits, startBits, takeNumber } from './bits';
import { HuffmanTable, takeSymbol } from './huffman';
import { inverseDct, inverseDctFlat } from './inverse-dct';
import { unstuff } from './unstuff';

/** A component (luma or chroma) of a baseline JPEG, as the host lays it out: eight words. */
@unmanaged
export class Component {
  /** Blocks of 8 x 8 in a unit (MCU), across and down. */
  across: i32;
  down: i32;
  /** 64 words of 16 bits, in zigzag order. */
  quantization: usize;
  dc: HuffmanTable;
  ac: HuffmanTable;
  /** Where its pixels go: bytes, column by column, `stride` bytes apart. */
  plane: usize;
  stride: i32;
  /** The DC coefficient before, 0 at first. */
  last: i32;
}

/** Place in a block, row-major, of each coefficient in zigzag order. */
const places: StaticArray<u8> = [
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
  55, 62, 63,
];

/** 64 coefficients, i16. */
const block: usize = memory.data(128, 16);

/**
 * Decodes the one scan of a baseline JPEG, without restart markers, to planes (ITU-T T.81, annex F).
 * @param from, end the scan's bytes, and what follows to the file's end.
 * @param clean room for as many, and 64 more.
 * @param components three, one after the other.
 * @param unitsAcross, unitsDown of the picture.
 * @returns 1; or 0 where the scan is damaged, ends early, or is not followed by the end of the image.
 */
export function decodeScan(
  from: usize,
  end: usize,
  clean: usize,
  components: usize,
  unitsAcross: i32,
  unitsDown: i32,
): i32 {
  const cleanEnd = unstuff(from, end, clean);
  if (cleanEnd == 0) return 0;
  startBits(clean);
  for (let y = 0; y < unitsDown; y++) {
    for (let x = 0; x < unitsAcross; x++) {
      for (let c = 0; c < 3; c++) {
        const component = changetype<Component>(components + c * offsetof<Component>());
        if (!decodeUnit(component, x, y)) return 0;
      }
      if (bitsEnd() > cleanEnd) return 0;
    }
  }
  return 1;
}

@inline
function decodeUnit(component: Component, x: i32, y: i32): bool {
  const across = component.across;
  const down = component.down;
  const stride = component.stride;
  for (let j = 0; j < down; j++) {
    for (let i = 0; i < across; i++) {
      const to = component.plane + <usize>((x * across + i) * 8 * stride + (y * down + j) * 8);
      const kind = decodeBlock(component);
      if (kind < 0) return false;
      if (kind == 0) inverseDctFlat(load<i16>(block), to, stride);
      else inverseDct(block, to, stride);
    }
  }
  return true;
}

/** The next block's coefficients. Returns 1; 0 if only the first is not 0; -1 where the bits make no sense. */
@inline
function decodeBlock(component: Component): i32 {
  const quantization = component.quantization;
  const ac = component.ac;
  for (let i: usize = 0; i < 128; i += 16) v128.store(block + i, i64x2.splat(0));
  fillBits();
  const size = takeSymbol(component.dc);
  if (size < 0 || size > 11) return -1;
  fillBits();
  if (size > 0) component.last += takeNumber(size);
  store<i16>(block, <i16>(component.last * load<u16>(quantization)));
  let more = 0;
  for (let k = 1; k < 64; k++) {
    fillBits();
    const symbol = takeSymbol(ac);
    if (symbol < 0) return -1;
    const bits = symbol & 15;
    if (bits == 0) {
      if (symbol != 0xf0) break;
      k += 15;
      continue;
    }
    k += symbol >> 4;
    if (k > 63) return -1;
    const place = <usize>load<u8>(changetype<usize>(places) + k);
    store<i16>(block + (place << 1), <i16>(takeNumber(bits) * load<u16>(quantization + (k << 1))));
    more = 1;
  }
  return more;
}
