/** Image files -> pictures: every format to 8-bit RGB or grey, upright, at the size asked for. */
import sharp, { type OutputInfo, type Sharp } from 'sharp';
import { FileError } from '../../errors/file-error.ts';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { readRegular } from '../files/read-file.ts';
import { decodeBmp } from './bmp.ts';
import { decodePlainJpeg } from './decode-jpeg.ts';
import { formatOf } from './picture-header.ts';
import { sharpFailed, TooManyPixels } from './sharp-failed.ts';
import { toChannels } from './to-channels.ts';

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

/** The most pixels that a picture in memory may have: 2^27, as 11,585 x 11,585. */
const wholeLimit = 2 ** 27;
/** The most that a picture may have of which a few rows at a time are in memory: 2^30, as 32,768 x 32,768. */
const streamedLimit = 2 ** 30;

/**
 * Reads a picture: JPEG, PNG, WebP, BMP (uncompressed), TIFF or GIF, told apart by content, whatever the ending.
 *
 * Turned upright by its EXIF orientation; CMYK, 16 bits and embedded colour profiles converted to 8-bit sRGB; transparency laid on
 * white; of an animation or a file of several pages the first. Resized to exactly the height and width asked for, without
 * keeping the aspect ratio (`fit: 'fill'`), by an antialiased triangle filter (bilinear when enlarging).
 *
 * Up to 2^27 pixels; up to 2^30 when it is resized and the file can be decoded row by row: a JPEG that is not progressive, a PNG
 * that is not interlaced, or a TIFF.
 * @param source a path, or the file's bytes.
 * @returns uint8 `[H, W, C]`, 0 to 255.
 * @throws `FileError` when the file is missing, empty, cut short, damaged, too large or of no known format.
 */
export async function readPicture(
  source: string | Uint8Array,
  options: DecodeOptions = {},
): Promise<Picture> {
  checkOptions(options);
  if (typeof source !== 'string') return await decodePicture(source, 'the picture', options);
  return await decodePicture(await readRegular(source), source, options);
}

function checkOptions({ size, height = size, width = size, channels = 3 }: DecodeOptions): void {
  for (const [what, value] of Object.entries({ height, width })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      throw new Error(`readPicture: the ${what} is a whole number >= 1, got ${value}`);
    }
  }
  if (channels !== 1 && channels !== 3) throw new Error(`readPicture: channels is 1 or 3, got ${channels}`);
}

/**
 * `readPicture` of a file's bytes. Plain JPEG files are decoded in this thread, others in those of libuv.
 * @param name of the file, for errors.
 * @param options in range: they are not checked.
 * @throws `FileError`
 */
export async function decodePicture(
  bytes: Uint8Array,
  name: string,
  { size, height = size, width = size, channels = 3 }: DecodeOptions,
): Promise<Picture> {
  if (bytes.length === 0) throw new FileError(name, 'the file is empty');
  if (height !== undefined && width !== undefined) {
    const plain = decodePlainJpeg(bytes, height, width);
    if (plain !== undefined) {
      return tensor('uint8', [height, width, channels], toChannels(plain.data, plain.shape[2], channels));
    }
  }
  try {
    const { data, info } = await decode(bytes, height, width);
    const values = toChannels(data, info.channels, channels);
    return tensor('uint8', [info.height, info.width, channels], values);
  } catch (error) {
    throw FileError.from(name, error);
  }
}

type Decoded = Promise<{ data: Buffer; info: OutputInfo }>;

async function decode(bytes: Uint8Array, height?: number, width?: number): Decoded {
  const format = formatOf(bytes);
  const resized = height !== undefined || width !== undefined;
  const decodeUpTo = (limitInputPixels: number): Decoded => {
    const image = open(bytes, format, limitInputPixels).autoOrient().flatten({ background: 'white' });
    const sized = resized ? image.resize({ height, width, fit: 'fill', kernel: 'linear' }) : image;
    const raw = sized.toColourspace('srgb').raw({ depth: 'uchar' });
    return raw.toBuffer({ resolveWithObject: true }).catch(sharpFailed);
  };
  try {
    return await decodeUpTo(wholeLimit);
  } catch (error) {
    if (!(error instanceof TooManyPixels)) throw error;
    const found = await sharp(bytes, { limitInputPixels: false }).metadata().catch(sharpFailed);
    const byRows = format === 'tiff' || ((format === 'jpeg' || format === 'png') && !found.isProgressive);
    if (resized && byRows && found.width * found.height <= streamedLimit) return decodeUpTo(streamedLimit);
    const most = resized && byRows ? streamedLimit : wholeLimit;
    const kind = `${found.isProgressive ? 'progressive or interlaced ' : ''}${format.toUpperCase()}`;
    throw new Error(
      `${found.width} x ${found.height} pixels; of a ${kind}${resized ? '' : ' at its full size'} at most ${most} are read`,
    );
  }
}

function open(bytes: Uint8Array, format: string, limitInputPixels: number): Sharp {
  if (format !== 'bmp') return sharp(bytes, { failOn: 'error', limitInputPixels });
  const { width, height, rgba } = decodeBmp(bytes, limitInputPixels);
  return sharp(rgba, { raw: { width, height, channels: 4 }, limitInputPixels });
}
