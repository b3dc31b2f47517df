/** Encodes pictures as PNG or JPEG. */
import sharp, { type Sharp } from 'sharp';
import type { Picture } from '../../tensor/tensor.ts';

/** Options of `encodePng`. */
export interface PngOptions {
  /** 0 (none) to 9, default 6. For photographs, 1 takes a third of the time of 6 and a sixth more space. */
  readonly compressionLevel?: number;
}

/**
 * Encodes a picture, uint8 `[H, W, C]`, C = 3 (RGB), 1 (grey) or 4 (RGBA, not premultiplied), as lossless
 * PNG.
 * @returns the bytes of the file
 * @throws when the picture has another shape, or no pixel
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import { encodePng, readPicture, writeFileWhole } from 'high-res-mapping/node';
 *
 * const picture = tensor('uint8', [1, 2, 3], Uint8Array.of(255, 0, 0, 1, 2, 3));
 * await writeFileWhole('two-pixels.png', await encodePng(picture));
 * const again = await readPicture('two-pixels.png');
 * console.log(again.shape, again.data.join(' ')); //=> [ 1, 2, 3 ] 255 0 0 1 2 3
 * ```
 */
export function encodePng(picture: Picture, options?: PngOptions): Promise<Uint8Array> {
  return raw(picture, 'encodePng', [1, 3, 4]).png(options).toBuffer();
}

/**
 * Encodes a picture, uint8 `[H, W, C]`, C = 3 (RGB) or 1 (grey), as JPEG at full colour resolution (4:4:4).
 * @param quality 1 to 100, default 92
 * @returns the bytes of the file
 * @throws when the picture has another shape, or no pixel
 * @example
 * ```ts
 * import { encodeJpeg, readPicture, writeFileWhole } from 'high-res-mapping/node';
 *
 * const small = await readPicture('samples/photos/coffee.jpg', { width: 96, height: 64 });
 * const [fine, coarse] = [await encodeJpeg(small), await encodeJpeg(small, 40)];
 * console.log(coarse.length < fine.length / 2); //=> true
 * await writeFileWhole('thumbnail.jpg', fine);
 * console.log((await readPicture('thumbnail.jpg')).shape); //=> [ 64, 96, 3 ]
 * ```
 */
export function encodeJpeg(picture: Picture, quality = 92): Promise<Uint8Array> {
  return raw(picture, 'encodeJpeg', [1, 3]).jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer();
}

function raw(picture: Picture, what: string, depths: readonly number[]): Sharp {
  const [height, width, channels] = picture.shape;
  if (picture.shape.length !== 3 || !depths.includes(channels) || height * width === 0) {
    throw new Error(
      `${what}: a picture has shape [H, W, ${depths.join(' or ')}] with at least one pixel, this one [${picture.shape}]`,
    );
  }
  const image = sharp(picture.data, {
    raw: { width, height, channels: channels as 1 | 3 | 4 },
    limitInputPixels: false,
  });
  return channels === 1 ? image.toColourspace('b-w') : image;
}
