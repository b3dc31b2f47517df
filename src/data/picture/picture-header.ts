/** Reads a picture's header: its format and size. */
import sharp from 'sharp';
import { readBmpSize } from './bmp.ts';
import { readPlainJpegHeader } from './jpeg-header.ts';
import { type Orientation, orientationOf, turnedSize } from './orientation.ts';
import { readPnmHeader } from './pnm.ts';
import { sharpFailed } from './sharp-failed.ts';
import { readTiffKind } from './tiff-kind.ts';

/** A picture's size. */
export interface PictureSize {
  /** In pixels, upright, as for `readPicture`. */
  readonly width: number;
  readonly height: number;
}

/** A picture's size with its orientation in the file. */
export interface OrientedSize extends PictureSize {
  /** The turn from the file's stored pixels to the upright picture. */
  readonly orientation: Orientation;
}

/** A picture's properties from its header. */
export interface PictureHeader extends OrientedSize {
  readonly format: PictureFormat;
  /** Whether it is a progressive JPEG or an interlaced PNG, which cannot be decoded row by row. */
  readonly isProgressive: boolean;
  /** Number of pages or frames; for TIFF files counted up to `mostPages` + 1. */
  readonly pages: number;
  /** Kind of the values: grey levels up to 255, up to 65,535, or other numbers. */
  readonly values: '8 bits' | '16 bits' | 'others';
}

/** Supported formats, with their common names. */
const names = {
  jpeg: 'JPEG',
  png: 'PNG',
  webp: 'WebP',
  avif: 'AVIF',
  bmp: 'BMP',
  tiff: 'TIFF',
  gif: 'GIF',
  pnm: 'PNM',
} as const;

/** A supported format. */
export type PictureFormat = keyof typeof names;

/** `a JPEG, PNG, ... or PNM file` */
const known = `${Object.values(names).slice(0, -1).join(', ')} or ${Object.values(names).at(-1)}`;

const magics: readonly (readonly [format: PictureFormat, at: number, magic: RegExp])[] = [
  ['jpeg', 0, /^\xff\xd8\xff/],
  ['png', 0, /^\x89PNG/],
  ['webp', 8, /^WEBP/],
  ['gif', 0, /^GIF8/],
  ['tiff', 0, /^(II[*+]\0|MM\0[*+])/],
  ['bmp', 0, /^BM/],
  ['pnm', 0, /^P[1-6][\s#]/],
];

/** The format of a file, from its first bytes. @throws when it is not supported */
export function formatOf(bytes: Uint8Array): PictureFormat {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  const format = magics.find(([, at, magic]) => magic.test(start.slice(at)))?.[0];
  if (format !== undefined) return format;
  if (start.startsWith('ftyp', 4)) {
    // An ISO media file: its first box lists its kinds as brands of four letters.
    const box = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
    const brands = String.fromCharCode(...bytes.subarray(8, Math.min(box, 256))).match(/[\s\S]{4}/g) ?? [];
    if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
    if (brands.some((brand) => brand.startsWith('hei') || brand.startsWith('hev')))
      throw new Error(`an HEIC file, which is not read: convert it to one of ${known}`);
  }
  const hex = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw new Error(`not a ${known} file (it begins with the bytes ${hex})`);
}

/** The common name of a format. */
export function nameOf(format: PictureFormat): string {
  return names[format];
}

/**
 * Reads a picture's header. Nothing is decoded, whatever size the header claims.
 * @throws when the format is not supported, or the header is damaged
 */
export async function readPictureHeader(bytes: Uint8Array): Promise<PictureHeader> {
  const format = formatOf(bytes);
  const plain = { format, isProgressive: false, pages: 1, values: '8 bits', orientation: 1 } as const;
  if (format === 'bmp') return { ...plain, ...readBmpSize(bytes) };
  if (format === 'pnm') {
    const { width, height, most } = readPnmHeader(bytes);
    return { ...plain, width, height, values: most > 255 ? '16 bits' : '8 bits' };
  }
  if (format === 'tiff') {
    const { width, height, orientation: found, pages, values } = await readTiffKind(bytes);
    const orientation = orientationOf(found);
    const [across, down] = turnedSize([width, height], orientation);
    return { ...plain, width: across, height: down, orientation, pages, values };
  }
  const jpeg = format === 'jpeg' ? readPlainJpegHeader(bytes) : undefined;
  if (jpeg !== undefined) return { ...plain, width: jpeg.width, height: jpeg.height };
  const {
    autoOrient,
    isProgressive,
    depth,
    orientation,
    pages = 1,
  } = await sharp(bytes, { failOn: 'none', limitInputPixels: false }).metadata().catch(sharpFailed);
  const { width, height } = autoOrient;
  const values = depth === 'ushort' ? '16 bits' : '8 bits';
  return {
    format,
    width,
    height,
    orientation: orientationOf(orientation),
    isProgressive: isProgressive === true,
    pages,
    values,
  };
}

/**
 * The size of a picture from its header. Nothing is decoded, whatever size the header claims.
 * @throws when the format is not supported, or the header is damaged
 */
export async function readPictureSize(bytes: Uint8Array): Promise<PictureSize> {
  const { width, height } = await readPictureHeader(bytes);
  return { width, height };
}
