/** Decodes image files of every format to 8-bit RGB or grey pictures, upright, at the requested size. */
import sharp, { type OutputInfo, type Sharp } from 'sharp';
import { FileError } from '../../errors/file-error.ts';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { decodeBmp } from './bmp.ts';
import { decodePlainJpeg } from './decode-jpeg.ts';
import { checkScan, failOn } from './fail-on.ts';
import { checkCost } from './picture-cost.ts';
import { bytesGiven, type PictureFileGiven } from './picture-given.ts';
import { type PictureHeader, readPictureHeader } from './picture-header.ts';
import { sharpFailed } from './sharp-failed.ts';
import { toChannels } from './to-channels.ts';
import { upright } from './upright.ts';
import {
  type Pixels,
  readByRange,
  readPnm,
  unlikelyOf,
  unusedRange,
  type ValueOptions,
  type ValueRange,
} from './value-range.ts';

/** Size, channels and value range of a picture to read. */
export interface DecodeOptions extends ValueOptions {
  /** Height and width in pixels of a square picture; replaces `height` and `width`. */
  readonly size?: number;
  /**
   * Height in pixels, an integer >= 1. Default: the file's. Setting only one of height and width changes the
   * aspect ratio.
   */
  readonly height?: number;
  /** Width in pixels, an integer >= 1. Default: the file's. */
  readonly width?: number;
  /** 3 for RGB (default), 1 for grey: luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B. */
  readonly channels?: 1 | 3;
}

/**
 * Reads a picture: JPEG, PNG, WebP, AVIF, BMP (uncompressed), TIFF, GIF or PNM, recognised by content, not by
 * file name.
 *
 * The picture is turned upright by its EXIF orientation. CMYK, 16 bits and embedded colour profiles are
 * converted to 8-bit sRGB. Transparent pixels are blended onto white. Only the first frame or page is read.
 * The result has exactly the requested height and width, without keeping the aspect ratio (`fit: 'fill'`), by
 * an antialiased triangle filter (bilinear when enlarging).
 *
 * Up to 2^27 pixels; up to 2^30 when the picture is resized and the file can be decoded row by row: a JPEG
 * that is not progressive, a PNG that is not interlaced, or a TIFF.
 * @param source a path, or the file's bytes, also as an ArrayBuffer, a Buffer or a Blob
 * @returns uint8 `[H, W, C]`, 0 to 255
 * @throws `FileError` when the file is missing, empty, cut short, damaged, too large or of an unknown format
 * @example
 * ```ts
 * import { readPicture } from 'high-res-mapping/node';
 *
 * const picture = await readPicture('samples/photos/coffee.jpg');
 * console.log(picture.shape, picture.dtype); //=> [ 256, 384, 3 ] uint8
 * const small = await readPicture('samples/photos/coffee.jpg', { size: 64, channels: 1 });
 * console.log(small.shape); //=> [ 64, 64, 1 ]
 * ```
 */
export async function readPicture(source: PictureFileGiven, options: DecodeOptions = {}): Promise<Picture> {
  checkOptions(options);
  const bytes = await bytesGiven(source);
  return await decodePicture(bytes, typeof source === 'string' ? source : 'the picture', options);
}

function checkOptions({ size, height = size, width = size, channels = 3, valueRange }: DecodeOptions): void {
  for (const [what, value] of Object.entries({ height, width })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      throw new Error(`readPicture: the ${what} is a whole number >= 1, got ${value}`);
    }
  }
  if (channels !== 1 && channels !== 3) throw new Error(`readPicture: channels is 1 or 3, got ${channels}`);
  if (valueRange !== undefined && !isRange(valueRange)) {
    throw new Error(`readPicture: valueRange is [black, white], black < white, got [${valueRange}]`);
  }
}

function isRange([black, white]: ValueRange): boolean {
  return Number.isFinite(black) && Number.isFinite(white) && black < white;
}

/**
 * `readPicture` for a file's bytes. Common JPEG files are decoded in this thread, others in libuv's threads.
 * @param name of the file, for errors
 * @param options valid ones: they are not checked
 * @throws `FileError`
 */
export async function decodePicture(
  bytes: Uint8Array,
  name: string,
  { size, height = size, width = size, channels = 3, ...values }: DecodeOptions,
): Promise<Picture> {
  if (bytes.length === 0) throw new FileError(name, 'the file is empty');
  try {
    if (height !== undefined && width !== undefined) {
      const plain = decodePlainJpeg(bytes, height, width);
      if (plain !== undefined) {
        checkScan(bytes);
        if (values.valueRange !== undefined) values.onNote?.(unusedRange);
        return tensor('uint8', [height, width, channels], toChannels(plain.data, plain.shape[2], channels));
      }
    }
    const { data, info } = await decode(bytes, { height, width, ...values });
    return tensor('uint8', [info.height, info.width, channels], toChannels(data, info.channels, channels));
  } catch (error) {
    throw FileError.from(name, error);
  }
}

async function decode(
  bytes: Uint8Array,
  { height, width, valueRange, onNote }: DecodeOptions,
): Promise<{ data: Buffer; info: OutputInfo }> {
  const header = await readPictureHeader(bytes);
  const resized = height !== undefined || width !== undefined;
  checkCost(header, resized);
  for (const note of onNote ? await unlikelyOf(bytes, header, valueRange) : []) onNote?.(note);
  const image = (await open(bytes, header, valueRange, onNote)).autoOrient().flatten({ background: 'white' });
  const sized = resized ? image.resize({ height, width, fit: 'fill', kernel: 'linear' }) : image;
  const raw = sized.toColourspace('srgb').raw({ depth: 'uchar' });
  return await raw.toBuffer({ resolveWithObject: true }).catch(sharpFailed);
}

async function open(
  bytes: Uint8Array,
  header: PictureHeader,
  range: ValueRange | undefined,
  onNote: ValueOptions['onNote'],
): Promise<Sharp> {
  const pixels = await pixelsOf(bytes, header, range);
  const unlikely = onNote && pixels?.unlikely?.();
  if (unlikely !== undefined) onNote?.(unlikely);
  if (pixels === undefined) {
    return sharp(bytes, { failOn: failOn(bytes, header.format), limitInputPixels: false });
  }
  const { width, height, channels, data } = upright(pixels, pixels.orientation);
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
}

/** The pixels of a file that sharp does not decode; undefined for all others. */
async function pixelsOf(
  bytes: Uint8Array,
  header: PictureHeader,
  range: ValueRange | undefined,
): Promise<Pixels | undefined> {
  if (header.format === 'pnm') return readPnm(bytes, range);
  if (header.format !== 'bmp') return await readByRange(bytes, header, range);
  const { width, height, rgba } = decodeBmp(bytes);
  return { width, height, channels: 4, data: rgba, orientation: 1 };
}
