/** What a baseline JPEG file says before its pixels (ITU-T T.81, annex B; JFIF; Exif). */

export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** Luma and two chromas. */
  readonly components: readonly JpegComponent[];
  /** Where the scan begins. */
  readonly scan: number;
}

export interface JpegComponent {
  /** Blocks in a unit (MCU): both 1, or 2 of luma where chroma has half as many samples. */
  readonly across: number;
  readonly down: number;
  /** 64 values in zigzag order. */
  readonly quantization: Uint16Array;
  readonly dc: HuffmanCodes;
  readonly ac: HuffmanCodes;
}

export interface HuffmanCodes {
  /** Of 1 to 16 bits, `[16]`. */
  readonly counts: Uint8Array;
  /** In the order of their codes, at most 256. */
  readonly symbols: Uint8Array;
}

/**
 * Reads the header of the usual kind of JPEG: baseline, 8 bits, luma and chroma in one scan, chroma of the same or half the size,
 * upright, without a colour profile or restart markers.
 * @returns undefined for all others, and where it makes no sense.
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // cut short
    throw error;
  }
}

/** Called 4:4:4, 4:2:2 and 4:2:0. */
const usualSamplings: readonly string[] = ['1x1 1x1 1x1', '2x1 1x1 1x1', '2x2 1x1 1x1'];

interface Frame {
  width: number;
  height: number;
  components: { id: number; across: number; down: number; table: number }[];
}

function parse(bytes: Uint8Array): JpegHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const quantization = new Map<number, Uint16Array>();
  const codes = new Map<number, HuffmanCodes>();
  let frame: Frame | undefined;
  let yCbCr: boolean | undefined;
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const segment = new DataView(bytes.buffer, bytes.byteOffset + at + 4, view.getUint16(at + 2) - 2);
    switch (view.getUint8(at + 1)) {
      case 0xdb:
        readQuantization(segment, quantization);
        break;
      case 0xc4:
        readHuffmanCodes(segment, codes);
        break;
      case 0xc0:
        frame = readFrame(segment);
        break;
      case 0xe0:
        if (text(segment, 5) === 'JFIF\0') yCbCr ??= true;
        break;
      case 0xe1:
        if (text(segment, 6) === 'Exif\0\0' && !isUpright(segment)) return undefined;
        break;
      case 0xee:
        if (text(segment, 5) === 'Adobe') yCbCr = segment.getUint8(11) === 1;
        break;
      case 0xda:
        return begin(at + 4 + segment.byteLength, segment, frame, yCbCr, quantization, codes);
      case 0xfe:
        break;
      default:
        // Other application data but colour profiles makes no difference; other frames, restarts and the rest do.
        if ((view.getUint8(at + 1) & 0xf0) !== 0xe0 || text(segment, 12) === 'ICC_PROFILE\0')
          return undefined;
    }
  }
}

function readQuantization(segment: DataView, tables: Map<number, Uint16Array>): void {
  for (let at = 0; at < segment.byteLength; ) {
    const kind = segment.getUint8(at++);
    const wide = kind >> 4 !== 0;
    const table = Uint16Array.from({ length: 64 }, (_, i) =>
      wide ? segment.getUint16(at + 2 * i) : segment.getUint8(at + i),
    );
    tables.set(kind & 15, table);
    at += wide ? 128 : 64;
  }
}

function readHuffmanCodes(segment: DataView, tables: Map<number, HuffmanCodes>): void {
  for (let at = 0; at < segment.byteLength; ) {
    const counts = new Uint8Array(segment.buffer, segment.byteOffset + at + 1, 16);
    const size = counts.reduce((sum, count) => sum + count, 0);
    if (size > 256 || at + 17 + size > segment.byteLength) throw new RangeError('more codes than there are');
    const symbols = new Uint8Array(segment.buffer, segment.byteOffset + at + 17, size);
    tables.set(segment.getUint8(at), { counts, symbols });
    at += 17 + size;
  }
}

function readFrame(segment: DataView): Frame | undefined {
  const components = Array.from({ length: segment.getUint8(5) }, (_, i) => {
    const sampling = segment.getUint8(7 + 3 * i);
    const table = segment.getUint8(8 + 3 * i);
    return { id: segment.getUint8(6 + 3 * i), across: sampling >> 4, down: sampling & 15, table };
  });
  const samplings = components.map(({ across, down }) => `${across}x${down}`).join(' ');
  if (segment.getUint8(0) !== 8 || !usualSamplings.includes(samplings)) return undefined;
  return { height: segment.getUint16(1), width: segment.getUint16(3), components };
}

/** Joins what the scan's header (SOS) names. */
function begin(
  scan: number,
  segment: DataView,
  frame: Frame | undefined,
  yCbCr: boolean | undefined,
  quantization: ReadonlyMap<number, Uint16Array>,
  codes: ReadonlyMap<number, HuffmanCodes>,
): JpegHeader | undefined {
  if (frame === undefined || segment.getUint8(0) !== 3 || frame.width * frame.height === 0) return undefined;
  // Without a word about it, libjpeg takes components 1, 2, 3 for luma and chroma.
  if (!(yCbCr ?? frame.components.every(({ id }, i) => id === i + 1))) return undefined;
  const components: JpegComponent[] = [];
  for (const [i, { id, across, down, table }] of frame.components.entries()) {
    const tables = segment.getUint8(2 + 2 * i);
    const steps = quantization.get(table);
    const dc = codes.get(tables >> 4);
    const ac = codes.get(16 + (tables & 15));
    if (segment.getUint8(1 + 2 * i) !== id || !steps || !dc || !ac) return undefined;
    components.push({ across, down, quantization: steps, dc, ac });
  }
  return { width: frame.width, height: frame.height, components, scan };
}

function text(segment: DataView, length: number): string {
  if (segment.byteLength < length) return '';
  return String.fromCharCode(...new Uint8Array(segment.buffer, segment.byteOffset, length));
}

/** Whether Exif data gives no orientation, or 1. */
function isUpright(segment: DataView): boolean {
  const little = segment.getUint16(6) === 0x4949;
  const directory = 6 + segment.getUint32(10, little);
  const entries = segment.getUint16(directory, little);
  for (let at = directory + 2; at < directory + 2 + 12 * entries; at += 12) {
    if (segment.getUint16(at, little) === 0x0112) return segment.getUint16(at + 8, little) === 1;
  }
  return true;
}
