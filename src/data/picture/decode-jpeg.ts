/** Plain JPEG files of a few hundred pixels a side, decoded and resized several times as fast as sharp does. */
import { Transformer } from '@napi-rs/image';
import { type Picture, tensor } from '../../tensor/tensor.ts';
import { readPlainJpegHeader } from './jpeg-header.ts';
import { mostShrink, resize } from './resize.ts';

/** Above this sharp is faster, which lets the decoder leave out detail that resizing would. */
const mostPixels = 2 ** 20;

/**
 * Decodes a JPEG file in the calling thread, and resizes it as `readPicture` describes.
 * @param height of the result, whole, >= 1.
 * @param width of the result, whole, >= 1.
 * @returns uint8 `[height, width, C]`, C = 1 where the file is grey, else 3; undefined for a file of another kind
 * (`readPlainJpegHeader` says which), of more than 2^20 pixels or much larger than what is asked for, or one that is damaged: sharp
 * may know more.
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
