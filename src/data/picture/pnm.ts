/**
 * Reads portable any-maps: PBM, PGM and PPM, as text (P1 to P3) and binary (P4 to P6). Netpbm, "PBM", "PGM"
 * and "PPM" formats.
 */

/** Header of a portable any-map. */
export interface PnmHeader {
  /** 1 to 6. */
  readonly kind: number;
  readonly width: number;
  readonly height: number;
  /** The value of white, up to 65,535; 1 for a bitmap. */
  readonly most: number;
  /** Values per pixel. */
  readonly channels: 1 | 3;
  /** Byte offset of the pixels. */
  readonly start: number;
}

const [zero, nine, hash, newline, carriageReturn] = [48, 57, 35, 10, 13];

function isSpace(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

/** @throws when the header is cut short or invalid */
export function readPnmHeader(bytes: Uint8Array): PnmHeader {
  const kind = bytes[1] - zero;
  const numbers = new Numbers(bytes, 2);
  const [width, height] = [numbers.next(), numbers.next()];
  const bitmap = kind === 1 || kind === 4;
  const most = bitmap ? 1 : numbers.next();
  if (Number.isNaN(width + height + most)) throw new Error('PNM: the header is cut short or damaged');
  if (width === 0 || height === 0) throw new Error(`PNM: the size is ${width} x ${height}`);
  if (most < 1 || most > 65_535)
    throw new Error(`PNM: the largest value is ${most}, not one from 1 to 65535`);
  // Exactly one white space follows the last number: the pixels may begin with bytes that look like white
  // space.
  return { kind, width, height, most, channels: kind % 3 === 0 ? 3 : 1, start: numbers.at + 1 };
}

/**
 * The values of all pixels, `[H, W, C]`, from 0 to the header's `most`. 1 is white for bitmaps too.
 * @throws when the file is cut short, or a value is not an integer up to `most`
 */
export function readPnmNumbers(bytes: Uint8Array, header: PnmHeader): Uint16Array {
  const { kind, width, height, most, channels, start } = header;
  const count = width * height * channels;
  const values = new Uint16Array(count);
  if (kind <= 3) {
    const numbers = new Numbers(bytes, start);
    for (let i = 0; i < count; i++) {
      const value = kind === 1 ? numbers.digit() : numbers.next();
      if (Number.isNaN(value))
        throw new Error(`PNM: cut short or damaged: ${i} of ${count} values can be read`);
      if (value > most) throw aboveMost(value, most);
      values[i] = value;
    }
  } else {
    const wide = most > 255;
    const row = kind === 4 ? Math.ceil(width / 8) : width * channels * (wide ? 2 : 1);
    const found = Math.max(0, bytes.length - start);
    if (found < row * height) throw new Error(`PNM: cut short: ${found} of ${row * height} bytes of pixels`);
    for (let i = 0; i < count; i++) {
      if (kind === 4) {
        const [y, x] = [Math.floor(i / width), i % width];
        values[i] = (bytes[start + y * row + (x >> 3)] >> (7 - (x & 7))) & 1;
      } else {
        values[i] = wide ? (bytes[start + 2 * i] << 8) | bytes[start + 2 * i + 1] : bytes[start + i];
        if (values[i] > most) throw aboveMost(values[i], most);
      }
    }
  }
  if (kind === 1 || kind === 4) for (let i = 0; i < count; i++) values[i] = 1 - values[i];
  return values;
}

function aboveMost(value: number, most: number): Error {
  return new Error(`PNM: a value is ${value}, above the largest, ${most}`);
}

/** Parses the numbers of a text, separated by white space and comments from `#` to the end of the line. */
class Numbers {
  /** Offset after the last number. */
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** The next number; NaN if there is none or it exceeds 2^32. */
  next(): number {
    let value = this.digit();
    for (; this.#isDigit(); this.at++) {
      value = 10 * value + this.#bytes[this.at] - zero;
      if (value > 2 ** 32) return Number.NaN;
    }
    return value;
  }

  /** The next single digit: bitmaps need no separators. */
  digit(): number {
    for (; this.at < this.#bytes.length; this.at++) {
      if (this.#bytes[this.at] === hash) {
        while (this.at < this.#bytes.length && !this.#endsLine()) this.at++;
      } else if (!isSpace(this.#bytes[this.at])) break;
    }
    return this.#isDigit() ? this.#bytes[this.at++] - zero : Number.NaN;
  }

  #isDigit(): boolean {
    return this.#bytes[this.at] >= zero && this.#bytes[this.at] <= nine;
  }

  #endsLine(): boolean {
    return this.#bytes[this.at] === newline || this.#bytes[this.at] === carriageReturn;
  }
}
