/** Decodes and resizes common JPEG files of a few hundred pixels a side, several times as fast as sharp. */
import { Transformer } from '@napi-rs/image';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { readPlainJpegHeader } from './jpeg-header.ts';
import { mostShrink, resize } from './resize.ts';

/** For larger files sharp is faster: its decoder skips detail that resizing would remove. */
const mostPixels = 2 ** 20;

/**
 * Decodes a JPEG file in the calling thread, and resizes it as `readPicture` describes.
 * @param height of the result, an integer >= 1
 * @param width of the result, an integer >= 1
 * @returns uint8 `[height, width, C]`, C = 1 for a grey file, else 3; undefined for a file that
 * `readPlainJpegHeader` rejects, more than 2^20 pixels, a large reduction, or a damaged file: sharp may be
 * able to read it
 */
export function decodePlainJpeg(bytes: Uint8Array, height: number, width: number): Picture | undefined {
  const header = readPlainJpegHeader(bytes);
  if (header === undefined || Math.max(header.width * header.height, width * height) > mostPixels)
    return undefined;
  if (header.width > mostShrink * width || header.height > mostShrink * height) return undefined;
  const pixels = decode(bytes);
  const shape = [header.height, header.width, header.channels];
  if (pixels?.length !== shape[0] * shape[1] * shape[2]) return undefined;
  return resize(tensor('uint8', shape, pixels), height, width);
}

function decode(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return new Transformer(bytes).rawPixelsSync();
  } catch {
    return undefined;
  }
}
