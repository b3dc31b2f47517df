/**
 * Reads the header of a JPEG file (ITU-T T.81, annex B; JFIF; Exif) as far as needed to recognise the common
 * kind.
 */

/** Size of a JPEG file of the common kind, in pixels. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 3 for luma and two chroma components, 1 for grey. */
  readonly channels: 1 | 3;
}

/**
 * Reads the header of the common kind of JPEG: baseline, 8 bits, grey, or luma with chroma of the same or
 * half the size, in one scan; upright, without a colour profile, complete up to its end marker.
 * @returns undefined for all others, and for invalid headers
 */
export function readPlainJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return view.getUint16(bytes.length - 2) === endOfImage ? walk(view) : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined; // cut short
    throw error;
  }
}

const endOfImage = 0xffd9;

interface Frame extends JpegHeader {
  /**
   * Whether the components are numbered as in JFIF: libjpeg then takes them for luma and chroma without a
   * marker.
   */
  readonly numbered: boolean;
}

/** Walks over the segments: a marker of two bytes, a length that includes itself, data. */
function walk(view: DataView): JpegHeader | undefined {
  let frame: Frame | undefined;
  let yCbCr: boolean | undefined;
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    const segment = new DataView(view.buffer, view.byteOffset + at + 4, view.getUint16(at + 2) - 2);
    switch (marker) {
      case 0xc0:
        if (frame !== undefined) return undefined;
        frame = readFrame(segment);
        if (frame === undefined) return undefined;
        break;
      case 0xe0:
        if (begins(segment, 'JFIF\0')) yCbCr ??= true;
        break;
      case 0xe1:
        if (begins(segment, 'Exif\0\0') && !isUpright(segment)) return undefined;
        break;
      case 0xee:
        if (begins(segment, 'Adobe')) yCbCr = segment.getUint8(11) === 1;
        break;
      case 0xda: {
        if (frame === undefined) return undefined;
        const { width, height, channels, numbered } = frame;
        if (segment.getUint8(0) !== channels) return undefined; // luma and chroma one after the other
        if (channels === 3 && !(yCbCr ?? numbered)) return undefined;
        return { width, height, channels };
      }
      case 0xdb: // quantization
      case 0xc4: // Huffman codes
      case 0xdd: // restart interval
      case 0xfe: // comment
        break;
      default:
        // Application data other than colour profiles is irrelevant. Other frame types and markers are not
        // supported.
        if ((marker & 0xf0) !== 0xe0 || begins(segment, 'ICC_PROFILE\0')) return undefined;
    }
  }
}

/** Subsamplings 4:4:4, 4:2:2, 4:2:0, and grey. */
const usualSamplings: readonly string[] = ['11 11 11', '21 11 11', '22 11 11', '11'];

function readFrame(segment: DataView): Frame | undefined {
  const components = Array.from({ length: segment.getUint8(5) }, (_, i) => ({
    id: segment.getUint8(6 + 3 * i),
    sampling: segment.getUint8(7 + 3 * i).toString(16),
  }));
  const [height, width] = [segment.getUint16(1), segment.getUint16(3)];
  const usual = usualSamplings.includes(components.map(({ sampling }) => sampling).join(' '));
  if (segment.getUint8(0) !== 8 || !usual || width * height === 0) return undefined;
  const numbered = components.every(({ id }, i) => id === i + 1);
  return { width, height, channels: components.length as 1 | 3, numbered };
}

function begins(segment: DataView, text: string): boolean {
  if (segment.byteLength < text.length) return false;
  return Array.from(text).every((letter, i) => segment.getUint8(i) === letter.charCodeAt(0));
}

/** Whether Exif data has no orientation, or orientation 1. */
function isUpright(segment: DataView): boolean {
  const little = segment.getUint16(6) === 0x4949;
  const directory = 6 + segment.getUint32(10, little);
  const entries = segment.getUint16(directory, little);
  for (let at = directory + 2; at < directory + 2 + 12 * entries; at += 12) {
    if (segment.getUint16(at, little) === 0x0112) return segment.getUint16(at + 8, little) === 1;
  }
  return true;
}
