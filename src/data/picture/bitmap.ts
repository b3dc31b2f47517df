/** Reads the pixels of a picture that a browser decoded. */
import { type Picture, tensor } from '../../tensor/tensor.ts';

/** The browser shrinks larger pictures while their pixels are read, which saves memory. */
const mostPixels = 2 ** 24;

/**
 * uint8 `[H, W, 3]`, blended onto white: the bitmap's size, or smaller if it has more than 2^24 pixels.
 * @throws RangeError when there is no memory for it
 */
export function pixelsOf(bitmap: ImageBitmap): Picture {
  const scale = Math.min(1, Math.sqrt(mostPixels / (bitmap.width * bitmap.height)));
  const width = Math.max(1, Math.floor(bitmap.width * scale));
  const height = Math.max(1, Math.floor(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new RangeError('out of memory');
  context.fillStyle = '#fff'; // transparency is laid on white
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  const rgba = context.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(3 * width * height);
  for (let i = 0, from = 0; i < data.length; i += 3, from += 4) {
    data[i] = rgba[from];
    data[i + 1] = rgba[from + 1];
    data[i + 2] = rgba[from + 2];
  }
  return tensor('uint8', [height, width, 3], data);
}
