/**
 * Checks that a JPEG file's pixel data is complete. Decoders fill missing data with grey, and an end marker
 * hides the cut.
 */

/** State of a scan's data. */
export type ScanState = 'whole' | 'cut short' | 'damaged';

interface Component {
  /** Blocks of 8 x 8 pixels per unit (MCU) of the scan. */
  readonly blocks: number;
  readonly id: number;
}

interface Frame {
  /** Units (MCUs) of the scan: each has the blocks of all components for one position. */
  readonly units: number;
  readonly components: readonly Component[];
}

/** Some webcams write a few bytes more than the picture needs. */
const mostLeftOver = 32;

/**
 * Parses the Huffman codes of a sequential single-scan JPEG file (ITU-T T.81, annex F.2.2) without decoding
 * pixels.
 * @returns 'cut short' if the data ends before the last block; 'damaged' if it has an invalid code or more
 * data than the picture needs; undefined for another kind of file (progressive, several scans, arithmetic
 * coding) or one without a scan
 */
export function jpegScanState(bytes: Uint8Array): ScanState | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<number, Uint16Array>();
  let frame: Frame | undefined;
  let interval = 0;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++; // a byte that fills up
      continue;
    }
    const length = view.getUint16(at + 2);
    if (length < 2 || at + 2 + length > bytes.length) return undefined;
    const segment = bytes.subarray(at + 4, at + 2 + length);
    at += 2 + length;
    if (marker === 0xc4) readTables(segment, tables);
    else if (marker === 0xc0 || marker === 0xc1) frame = readFrame(segment);
    else if (marker >= 0xc0 && marker <= 0xcf) return undefined;
    else if (marker === 0xdd) interval = 256 * segment[0] + segment[1];
    else if (marker === 0xda) {
      if (frame === undefined || segment[0] !== frame.components.length) return undefined;
      const pairs: Uint16Array[] = [];
      for (const [i, { blocks, id }] of frame.components.entries()) {
        const dc = tables.get(segment[2 + 2 * i] >> 4);
        const ac = tables.get(0x10 | (segment[2 + 2 * i] & 15));
        if (segment[1 + 2 * i] !== id || dc === undefined || ac === undefined) return undefined;
        for (let block = 0; block < blocks; block++) pairs.push(dc, ac);
      }
      return follow(bytes.subarray(at), frame.units, interval || frame.units, pairs);
    }
  }
  return undefined;
}

function readFrame(segment: Uint8Array): Frame | undefined {
  if (segment[0] !== 8) return undefined;
  const [height, width] = [256 * segment[1] + segment[2], 256 * segment[3] + segment[4]];
  const sampled = Array.from({ length: segment[5] }, (_, i) => ({
    id: segment[6 + 3 * i],
    h: segment[7 + 3 * i] >> 4,
    v: segment[7 + 3 * i] & 15,
  }));
  // A single component is not interleaved: its units are single blocks whatever its sampling.
  const alone = sampled.length === 1;
  const most = (side: 'h' | 'v'): number => (alone ? 1 : Math.max(...sampled.map((one) => one[side])));
  const units = Math.ceil(width / (8 * most('h'))) * Math.ceil(height / (8 * most('v')));
  return { units, components: sampled.map(({ id, h, v }) => ({ id, blocks: alone ? 1 : h * v })) };
}

/**
 * Decoding tables by class (0: DC, 1: AC) and number. The index is the next 16 bits. The value describes the
 * code at their start, `coefficients << 8 | bits`: how many coefficients it covers, and how many bits it
 * takes with its number. 0 is an invalid code.
 */
function readTables(segment: Uint8Array, tables: Map<number, Uint16Array>): void {
  for (let at = 0; at + 17 <= segment.length; ) {
    const table = new Uint16Array(2 ** 16);
    const others = segment[at] >> 4 === 1;
    const counts = segment.subarray(at + 1, at + 17);
    tables.set(segment[at], table);
    at += 17;
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      const step = 2 ** (16 - length);
      for (let i = 0; i < counts[length - 1]; i++, code += step) {
        const symbol = segment[at++];
        if (others || symbol <= 15)
          table.fill((placesOf(symbol, others) << 8) | (length + (symbol & 15)), code, code + step);
      }
    }
  }
}

/** More coefficients than a block has, so that the block ends. */
const endOfBlock = 128;

function placesOf(symbol: number, others: boolean): number {
  if (!others) return 1;
  return symbol === 0 ? endOfBlock : (symbol >> 4) + 1;
}

/** @param pairs DC and AC table of each block in a unit */
function follow(
  coded: Uint8Array,
  units: number,
  interval: number,
  pairs: readonly Uint16Array[],
): ScanState {
  // The data without stuffed bytes and markers, with space for the codes of one more block.
  const data = new Uint8Array(coded.length + blockBytes);
  let at = 0;
  for (let done = 0; done < units; done += interval) {
    let length = 0;
    for (;;) {
      const found = coded.indexOf(0xff, at);
      const end = found < 0 ? coded.length : found;
      data.set(coded.subarray(at, end), length);
      length += end - at;
      at = end;
      if (coded[at + 1] !== 0) break;
      data[length++] = 0xff;
      at += 2;
    }
    data.fill(0, length, length + blockBytes);
    while (coded[at + 1] === 0xff) at++;
    const bits = followUnits(data, 8 * length, Math.min(interval, units - done), pairs);
    if (bits < 0) return 'damaged';
    if (bits > 8 * length) return 'cut short';
    if (length - bits / 8 > mostLeftOver) return 'damaged';
    if (done + interval < units) {
      if (coded[at + 1] !== 0xd0 + ((done / interval) & 7)) return 'cut short';
      at += 2;
    }
  }
  return 'whole';
}

/** Most bytes of a block: 64 codes of 16 bits with numbers of 15 bits, and the 16 bits of lookahead. */
const blockBytes = 256;

/**
 * Number of bits that the units take. A number above the available bits means missing data; -1 is an invalid
 * code.
 */
function followUnits(data: Uint8Array, end: number, units: number, pairs: readonly Uint16Array[]): number {
  let bit = 0;
  for (let unit = 0; unit < units; unit++) {
    for (let p = 0; p < pairs.length; p += 2) {
      let table = pairs[p];
      let place = 0;
      while (place < 64) {
        const at = bit >> 3;
        const ahead = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
        const code = table[(ahead >> (8 - (bit & 7))) & 0xffff];
        if (code === 0) return bit + 16 > end ? end + 1 : -1;
        bit += code & 0xff;
        place += code >> 8;
        table = pairs[p + 1];
      }
      if (bit > end) return bit;
      if (place > 64 && place < endOfBlock) return -1;
    }
  }
  return bit;
}
