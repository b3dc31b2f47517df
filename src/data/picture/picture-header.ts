/** What a picture's file says before its pixels: its format and its size. */
import sharp from 'sharp';
import { readBmpSize } from './bmp.ts';
import { readPlainJpegHeader } from './jpeg-header.ts';
import { type Orientation, orientationOf } from './orientation.ts';
import { sharpFailed } from './sharp-failed.ts';

export interface PictureSize {
  /** In pixels, upright: as `readPicture` gives it. */
  readonly width: number;
  readonly height: number;
}

const magics: readonly (readonly [format: string, at: number, magic: string])[] = [
  ['jpeg', 0, '\xff\xd8\xff'],
  ['png', 0, '\x89PNG'],
  ['webp', 8, 'WEBP'],
  ['gif', 0, 'GIF8'],
  ['tiff', 0, 'II*\0'],
  ['tiff', 0, 'MM\0*'],
  ['tiff', 0, 'II+\0'],
  ['tiff', 0, 'MM\0+'],
  ['bmp', 0, 'BM'],
];

/** The format of a file, by its first bytes. @throws when it is none that is read */
export function formatOf(bytes: Uint8Array): string {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  const format = magics.find(([, at, magic]) => start.startsWith(magic, at))?.[0];
  if (format !== undefined) return format;
  const hex = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw new Error(`not a JPEG, PNG, WebP, BMP, TIFF or GIF file (it begins with the bytes ${hex})`);
}

export interface OrientedSize extends PictureSize {
  /** How the file's own pixels are turned to stand so. */
  readonly orientation: Orientation;
}

/**
 * The size of a picture, from its header: nothing is decoded, whatever size the header claims.
 * @throws when the format is none that is read, or the header is damaged
 */
export async function readPictureSize(bytes: Uint8Array): Promise<PictureSize> {
  const { width, height } = await readOrientedSize(bytes);
  return { width, height };
}

/** `readPictureSize`, with the Exif orientation. */
export async function readOrientedSize(bytes: Uint8Array): Promise<OrientedSize> {
  const format = formatOf(bytes);
  if (format === 'bmp') return { ...readBmpSize(bytes), orientation: 1 };
  const plain = format === 'jpeg' ? readPlainJpegHeader(bytes) : undefined;
  if (plain !== undefined) return { width: plain.width, height: plain.height, orientation: 1 };
  const found = await sharp(bytes, { limitInputPixels: false }).metadata().catch(sharpFailed);
  const { width, height } = found.autoOrient;
  return { width, height, orientation: orientationOf(found.orientation) };
}
