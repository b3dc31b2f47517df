/**
 * Decodes uncompressed Windows bitmaps (BMP; Microsoft, "Bitmap Storage"), which sharp's build of libvips
 * does not read.
 */

/** Pixels of a bitmap, row-major from the top, RGBA interleaved. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

const RGB = 0;
const BITFIELDS = 3;
const ALPHA_BITFIELDS = 6;

/**
 * Decodes 1, 4, 8, 16, 24 and 32 bits per pixel, with a palette or bit fields, in top-down or bottom-up
 * order. Alpha is 255 unless the file's bit fields define it.
 * @throws when the file is cut short or compressed (run lengths, JPEG, PNG)
 */
export function decodeBmp(bytes: Uint8Array): Bitmap {
  const { view, headerSize, old, width, signedHeight } = readHeader(bytes);
  const height = Math.abs(signedHeight);
  const bits = view.getUint16(old ? 24 : 28, true);
  const compression = old ? RGB : view.getUint32(30, true);
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new Error(`BMP: ${bits} bits per pixel`);
  if (![RGB, BITFIELDS, ALPHA_BITFIELDS].includes(compression)) {
    throw new Error(`BMP: compression ${compression} is not supported, only uncompressed bitmaps`);
  }
  const start = view.getUint32(10, true);
  const stride = Math.ceil((width * bits) / 32) * 4;
  // Some writers omit the last row's padding.
  if (bytes.length < start + stride * (height - 1) + Math.ceil((width * bits) / 8)) {
    throw new Error(`BMP: the file is cut short: ${bytes.length} bytes for ${width} x ${height} pixels`);
  }
  const rgba = new Uint8Array(width * height * 4).fill(255);
  const putPixel =
    bits <= 8
      ? palettePixel(bytes, view, headerSize, bits, start)
      : bits === 24
        ? bgrPixel(bytes)
        : fieldPixel(view, headerSize, bits, compression !== RGB);
  for (let y = 0; y < height; y++) {
    const row = start + stride * (signedHeight > 0 ? height - 1 - y : y);
    for (let x = 0; x < width; x++) putPixel(row, x, rgba, 4 * (y * width + x));
  }
  return { width, height, rgba };
}

/** Width and height in pixels, from the header alone. @throws when the header is cut short, or a side is 0 */
export function readBmpSize(bytes: Uint8Array): { width: number; height: number } {
  const { width, signedHeight } = readHeader(bytes);
  return { width, height: Math.abs(signedHeight) };
}

interface Header {
  readonly view: DataView;
  readonly headerSize: number;
  /** Whether this is an OS/2 header, whose fields are shorter. */
  readonly old: boolean;
  readonly width: number;
  /** Negative if rows are stored from the top. */
  readonly signedHeight: number;
}

function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < 26) throw new Error('BMP: the header is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerSize = view.getUint32(14, true);
  const old = headerSize === 12;
  if (bytes.length < 14 + headerSize) throw new Error('BMP: the header is cut short');
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = old ? view.getUint16(20, true) : view.getInt32(22, true);
  if (width <= 0 || signedHeight === 0)
    throw new Error(`BMP: the size is ${width} x ${Math.abs(signedHeight)}`);
  return { view, headerSize, old, width, signedHeight };
}

/** Writes pixel x of the row that begins at byte `row` to `out[at .. at + 3]`. */
type PutPixel = (row: number, x: number, out: Uint8Array, at: number) => void;

function bgrPixel(bytes: Uint8Array): PutPixel {
  return (row, x, out, at) => {
    const from = row + 3 * x;
    out[at] = bytes[from + 2];
    out[at + 1] = bytes[from + 1];
    out[at + 2] = bytes[from];
  };
}

function palettePixel(
  bytes: Uint8Array,
  view: DataView,
  headerSize: number,
  bits: number,
  end: number,
): PutPixel {
  const entry = headerSize === 12 ? 3 : 4;
  const palette = 14 + headerSize;
  const used = headerSize === 12 ? 0 : view.getUint32(46, true);
  const colours = Math.min(used || 2 ** bits, Math.floor((end - palette) / entry));
  const perByte = 8 / bits;
  return (row, x, out, at) => {
    const shift = 8 - bits * ((x % perByte) + 1);
    const index = (bytes[row + Math.floor(x / perByte)] >> shift) & (2 ** bits - 1);
    if (index >= colours) throw new Error(`BMP: colour ${index} of a palette of ${colours}`);
    const from = palette + entry * index;
    out[at] = bytes[from + 2];
    out[at + 1] = bytes[from + 1];
    out[at + 2] = bytes[from];
  };
}

function fieldPixel(view: DataView, headerSize: number, bits: number, named: boolean): PutPixel {
  // Default bit fields: 5 bits per channel for 16 bits, 8 for 32; the remaining bits are unused.
  const masks = bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
  if (named) {
    if (view.byteLength < 66) throw new Error('BMP: the header is cut short');
    for (let i = 0; i < 3; i++) masks[i] = view.getUint32(54 + 4 * i, true);
    if (headerSize >= 56) masks[3] = view.getUint32(66, true);
  }
  const shifts = masks.map((mask) => 31 - Math.clz32(mask & -mask));
  const tops = masks.map((mask, i) => (mask === 0 ? 0 : mask >>> shifts[i]));
  return (row, x, out, at) => {
    const pixel = bits === 16 ? view.getUint16(row + 2 * x, true) : view.getUint32(row + 4 * x, true);
    for (let i = 0; i < 4; i++) {
      if (tops[i] !== 0) out[at + i] = Math.round((((pixel & masks[i]) >>> shifts[i]) * 255) / tops[i]);
      else if (i < 3) out[at + i] = 0;
    }
  };
}
