import { peekBits, skipBits } from './bits';

/** Codes up to this many bits are looked up. */
const quick = 9;

/**
 * A Huffman table, 1,400 bytes: for each of the 512 beginnings of 9 bits a word `length << 8 | symbol`, 0 where the code is longer;
 * for each length from 10 to 16 the first code beyond it, as 16 bits, and what makes a code's number in `symbols` of the code.
 */
@unmanaged
export class HuffmanTable {
  @inline
  quick(start: u32): u32 {
    return load<u16>(changetype<usize>(this) + (<usize>start << 1));
  }

  @inline
  setQuick(start: u32, length: i32, symbol: u32): void {
    store<u16>(changetype<usize>(this) + (<usize>start << 1), <u16>((<u32>length << 8) | symbol));
  }

  @inline
  longer(length: i32): usize {
    return changetype<usize>(this) + 1024 + (<usize>(length - 10) << 3);
  }

  @inline
  symbols(): usize {
    return changetype<usize>(this) + 1088;
  }
}

/**
 * Makes a table as a DHT segment describes it.
 * @param counts of codes of 1 to 16 bits, 16 bytes.
 * @param symbols in the order of their codes, at most 256 bytes.
 * @returns 0 where there are more codes than a length allows.
 */
export function makeHuffmanTable(table: HuffmanTable, counts: usize, symbols: usize): i32 {
  memory.fill(changetype<usize>(table), 0, 1088);
  let code: u32 = 0;
  let made: u32 = 0;
  for (let length = 1; length <= 16; length++) {
    const count = <u32>load<u8>(counts + length - 1);
    if (code + count > <u32>1 << length) return 0;
    if (length > quick) store<i32>(table.longer(length), <i32>made - <i32>code, 4);
    for (let i: u32 = 0; i < count; i++, made++, code++) {
      const symbol = <u32>load<u8>(symbols + made);
      store<u8>(table.symbols() + made, <u8>symbol);
      const free = quick - length;
      for (let j: u32 = 0; free >= 0 && j < <u32>1 << free; j++) table.setQuick((code << free) + j, length, symbol);
    }
    if (length > quick) store<u32>(table.longer(length), code << (16 - length));
    code <<= 1;
  }
  return 1;
}

/** The next symbol, of at least 16 bits that are there; -1 where no code begins so. */
@inline
export function takeSymbol(table: HuffmanTable): i32 {
  const found = table.quick(peekBits(quick));
  if (found == 0) return takeLongSymbol(table);
  skipBits(found >> 8);
  return found & 255;
}

function takeLongSymbol(table: HuffmanTable): i32 {
  const start = peekBits(16);
  for (let length = quick + 1; length <= 16; length++) {
    const row = table.longer(length);
    if (start >= load<u32>(row)) continue;
    skipBits(length);
    const place = <i32>(start >> (16 - length)) + load<i32>(row, 4);
    return <u32>place < 256 ? <i32>load<u8>(table.symbols() + place) : -1;
  }
  return -1;
}
