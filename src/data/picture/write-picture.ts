/** Encodes pictures as PNG or JPEG. */
import sharp, { type Sharp } from 'sharp';
import type { Picture } from '../../tensor/tensor.ts';

/** Options of `encodePng`. */
export interface PngOptions {
  /** 0 (none) to 9, default 6. For photographs, 1 takes a third of the time of 6 and a sixth more space. */
  readonly compressionLevel?: number;
}

/**
 * Encodes a picture `[H, W, C]`, C = 3 (RGB), 1 (grey) or 4 (RGBA), as lossless PNG.
 * @throws when the picture has another shape, or no pixel
 */
export function encodePng(picture: Picture, options?: PngOptions): Promise<Uint8Array> {
  return raw(picture, 'encodePng').png(options).toBuffer();
}

/**
 * Encodes a picture `[H, W, C]`, C = 3 (RGB) or 1 (grey), as JPEG at full colour resolution (4:4:4).
 * @param quality 1 to 100, default 92
 * @throws when the picture has another shape, or no pixel
 */
export function encodeJpeg(picture: Picture, quality = 92): Promise<Uint8Array> {
  return raw(picture, 'encodeJpeg').jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
}

function raw(picture: Picture, what: string): Sharp {
  const [height, width, channels] = picture.shape;
  if (picture.shape.length !== 3 || ![1, 3, 4].includes(channels) || height * width === 0) {
    throw new Error(
      `${what}: a picture has shape [H, W, 1 or 3 or 4] with at least one pixel, this one [${picture.shape}]`,
    );
  }
  const image = sharp(picture.data, {
    raw: { width, height, channels: channels as 1 | 3 | 4 },
    limitInputPixels: false,
  });
  return channels === 1 ? image.toColourspace('b-w') : image;
}
