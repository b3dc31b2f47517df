/** Image files -> pictures: every format to 8-bit RGB or grey, upright, at the size asked for. */
import sharp, { type Sharp } from 'sharp';
import { type Picture, tensor } from '../tensor/tensor.ts';
import { decodeBmp } from './bmp.ts';
import { readBytes } from './read-file.ts';

export interface DecodeOptions {
  /** Height and width in pixels, both alike; instead of `height` and `width`. */
  readonly size?: number;
  /** Height in pixels, whole, >= 1; without it that of the file. One of the two alone does not keep the aspect ratio. */
  readonly height?: number;
  /** Width in pixels, whole, >= 1; without it that of the file. */
  readonly width?: number;
  /** 3 for RGB (default), 1 for grey: luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B. */
  readonly channels?: 1 | 3;
}

/** The largest picture that is read: 2^30 pixels, as 32,768 x 32,768. */
const pixelLimit = 2 ** 30;

/**
 * Reads a picture: JPEG, PNG, WebP, BMP (uncompressed), TIFF or GIF, told apart by content, whatever the ending.
 *
 * Turned upright by its EXIF orientation; CMYK, 16 bits and embedded colour profiles converted to 8-bit sRGB; transparency laid on
 * white; of an animation or a file of several pages the first. Resized to exactly the height and width asked for, without
 * keeping the aspect ratio (`fit: 'fill'`), by an antialiased triangle filter (bilinear when enlarging).
 * @param source a path, or the file's bytes.
 * @returns uint8 `[H, W, C]`, 0 to 255.
 * @throws naming the path, when the file is missing, empty, cut short, damaged, over 2^30 pixels or of no known format.
 */
export async function readPicture(
  source: string | Uint8Array,
  options: DecodeOptions = {},
): Promise<Picture> {
  const { height = options.size, width = options.size, channels = 3 } = options;
  for (const [what, value] of Object.entries({ height, width })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      throw new Error(`readPicture: the ${what} is a whole number >= 1, got ${value}`);
    }
  }
  if (channels !== 1 && channels !== 3) throw new Error(`readPicture: channels is 1 or 3, got ${channels}`);
  const name = typeof source === 'string' ? source : 'the picture';
  const bytes = typeof source === 'string' ? await readBytes(source) : source;
  if (bytes.length === 0) throw new Error(`${name}: the file is empty`);
  try {
    let image = open(bytes).autoOrient().flatten({ background: 'white' });
    if (height !== undefined || width !== undefined) {
      image = image.resize({ height, width, fit: 'fill', kernel: 'linear' });
    }
    const { data, info } = await image
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const values = toChannels(data, info.channels, channels);
    return tensor('uint8', [info.height, info.width, channels], values);
  } catch (error) {
    throw new Error(`${name}: ${firstLine(error)}`, { cause: error });
  }
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

function open(bytes: Uint8Array): Sharp {
  const start = String.fromCharCode(...bytes.subarray(0, 16));
  const format = magics.find(([, at, magic]) => start.startsWith(magic, at))?.[0];
  if (format === undefined) {
    const hex = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw new Error(`not a JPEG, PNG, WebP, BMP, TIFF or GIF file (it begins with the bytes ${hex})`);
  }
  if (format !== 'bmp') return sharp(bytes, { failOn: 'error', limitInputPixels: pixelLimit });
  const { width, height, rgba } = decodeBmp(bytes);
  return sharp(rgba, { raw: { width, height, channels: 4 }, limitInputPixels: pixelLimit });
}

/** RGB (or what libvips keeps as one grey channel) to the channels asked for. */
function toChannels(data: Uint8Array, from: number, to: 1 | 3): Uint8Array {
  // A plain array over the same bytes: a Buffer's slice would share them.
  if (from === to) return new Uint8Array(data.buffer, data.byteOffset, data.length);
  const pixels = data.length / from;
  const out = new Uint8Array(pixels * to);
  for (let i = 0; i < pixels; i++) {
    if (from === 1) out.fill(data[i], 3 * i, 3 * i + 3);
    else out[i] = Math.round(0.299 * data[3 * i] + 0.587 * data[3 * i + 1] + 0.114 * data[3 * i + 2]);
  }
  return out;
}

function firstLine(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
  // libvips keeps its messages in one place: another picture's error may have taken this one's away.
  return line === 'Unknown error' ? 'damaged or cut short' : line;
}
