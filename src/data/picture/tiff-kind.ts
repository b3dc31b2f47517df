/**
 * Reads the kind of pixels from a TIFF file's first directory (Adobe, TIFF 6.0), which libvips does not
 * check.
 */

import threads from 'node:worker_threads';
import type { GeoTIFFImage } from 'geotiff';
import { DecoderError } from '../../errors/decoder-error.ts';
import { firstLine } from '../../errors/first-line.ts';
import { printable } from '../../text/printable.ts';

/** Size and kind of pixels of a TIFF file. */
export interface TiffKind {
  /** In pixels, as stored. */
  readonly width: number;
  readonly height: number;
  /** 1 to 8, as in EXIF. */
  readonly orientation: number;
  /** Type of the values, such as `32-bit floats`. */
  readonly numbers: string;
  /**
   * Kind of the values. Up to 8 or 16 bits: grey levels, or colours that libvips can convert. Others need a
   * range.
   */
  readonly values: '8 bits' | '16 bits' | 'others';
  /** Whether the smallest value is white. */
  readonly whiteIsZero: boolean;
  /** Values per pixel. */
  readonly bands: number;
  /** Number of directories, counted up to `mostPages` + 1. The first is read. */
  readonly pages: number;
  /** How many of the bands are opacity: 0 or 1. */
  readonly alphas: 0 | 1;
}

/** Most pages or frames of a file. Only the first is read, but a decoder visits all. */
export const mostPages = 10_000;

const tags = { bits: 258, photometric: 262, orientation: 274, extraSamples: 338, sampleFormat: 339 } as const;
/** Values of the tag `PhotometricInterpretation`. */
const [whiteIsZero, blackIsZero, rgb] = [0, 1, 2];
const bandsOf = new Map([
  [whiteIsZero, 1],
  [blackIsZero, 1],
  [rgb, 3],
  [3, 1], // indices of a palette
  [4, 1], // a mask
  [5, 4], // CMYK
]);
const lab = 8;
/**
 * Photometric interpretations that libvips converts: palettes, masks, CMYK, YCbCr, Lab (except 8 bits), LogL,
 * LogLuv.
 */
const converted = [3, 4, 5, 6, lab, 32844, 32845];
/** Names for the values of the tag `SampleFormat`, from 1 on. */
const kinds = [
  'integers',
  'signed integers',
  'floats',
  'values of an undefined kind',
  'complex integers',
  'complex numbers',
];

/**
 * Reads the kind of a TIFF file's pixels.
 * @throws when the file is damaged, has other bands than grey, colours and transparency, or has unsupported
 * values
 */
export async function readTiffKind(bytes: Uint8Array): Promise<TiffKind> {
  const image = await openTiff(bytes);
  const bands = image.getSamplesPerPixel();
  const photometric = await numberIn(image, tags.photometric, blackIsZero);
  const bits = await numberIn(image, tags.bits, 1);
  const format = await numberIn(image, tags.sampleFormat, 1);
  const extras = bands - (bandsOf.get(photometric) ?? 3);
  const extra = await numberIn(image, tags.extraSamples, 0);
  // 1: alpha with premultiplied colours, 2: unassociated alpha. 0 or a missing tag leaves the band's meaning
  // unknown.
  if (extras < 0 || extras > 1 || (extras === 1 && extra !== 1 && extra !== 2)) {
    throw new Error(
      `it has ${bands} bands${extras === 1 ? ', and the last one is not marked as transparency' : ''}; a picture must have 1 band (grey) or 3 (colours), with or without transparency`,
    );
  }
  const numbers = `${bits}-bit ${kinds[format - 1] ?? 'values of an unknown kind'}`;
  const areValues = photometric === whiteIsZero || photometric === blackIsZero || photometric === rgb;
  if (
    areValues
      ? !isReadable(format, bits)
      : !converted.includes(photometric) || (photometric === lab && bits === 8)
  ) {
    throw new Error(
      areValues
        ? `its values are ${numbers}, which are not supported`
        : `its colours are ${numbers} of kind ${photometric} (PhotometricInterpretation), which are not supported`,
    );
  }
  return {
    width: image.getWidth(),
    height: image.getHeight(),
    orientation: await numberIn(image, tags.orientation, 1),
    numbers,
    values:
      !areValues || (format === 1 && [1, 2, 4, 8].includes(bits))
        ? '8 bits'
        : format === 1 && bits === 16
          ? '16 bits'
          : 'others',
    whiteIsZero: photometric === whiteIsZero,
    bands,
    alphas: extras as 0 | 1,
    pages: countPages(bytes),
  };
}

/** Counts the directories, each of which has the offset of the next: libvips visits all of them. */
function countPages(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const big = view.getUint16(2, little) === 43;
  const offset = (at: number): number =>
    big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  let pages = 0;
  for (let at = offset(big ? 8 : 4); at !== 0 && pages <= mostPages; pages++) {
    if (at + 8 > bytes.length) break;
    const entries = big ? Number(view.getBigUint64(at, little)) : view.getUint16(at, little);
    const next = at + (big ? 8 + 20 * entries : 2 + 12 * entries);
    if (next + (big ? 8 : 4) > bytes.length) break;
    at = offset(next);
  }
  return pages;
}

/** Whether values of this format and number of bits are supported. */
function isReadable(format: number, bits: number): boolean {
  return format === 3 ? [16, 32, 64].includes(bits) : (format === 1 || format === 2) && bits <= 32;
}

/** The values of all pixels, interleaved, as stored. @throws when the file is damaged */
export async function readTiffNumbers(bytes: Uint8Array): Promise<ArrayLike<number>> {
  const image = await openTiff(bytes);
  return await image.readRasters({ interleave: true }).catch(damaged);
}

async function openTiff(bytes: Uint8Array): Promise<GeoTIFFImage> {
  // geotiff's package web-worker assumes that it started every thread without data, so this thread gets some.
  const thread: { workerData: unknown } = threads;
  thread.workerData ??= {};
  // Imported only when needed: it takes a tenth of a second.
  const { fromArrayBuffer } = await import('geotiff');
  // A small Buffer is a view of a larger one.
  const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : new Uint8Array(bytes).buffer;
  return await fromArrayBuffer(whole as ArrayBuffer)
    .then((file) => file.getImage())
    .catch(damaged);
}

function damaged(cause: unknown): never {
  // Reading past the end gives an error of the JavaScript engine, whose wording is not useful.
  const outside = cause instanceof RangeError || cause instanceof TypeError;
  throw new DecoderError('damaged or cut short', outside ? undefined : printable(firstLine(cause)), {
    cause,
  });
}

/** The number in a directory's entry, the first if it holds several. */
async function numberIn(image: GeoTIFFImage, tag: number, otherwise: number): Promise<number> {
  const found: unknown = await image.fileDirectory.loadValue(tag).catch(damaged);
  const first = typeof found === 'number' ? found : (found as ArrayLike<number> | undefined)?.[0];
  return first ?? otherwise;
}
