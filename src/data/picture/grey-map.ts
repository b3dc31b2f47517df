/** Reads a map that was saved as a picture: its grey levels as numbers, without colour management. */
import sharp, { type Sharp } from 'sharp';
import { type FloatMap, tensor } from '../../tensor/tensor.ts';
import { checkCost } from './picture-cost.ts';
import { readPictureHeader } from './picture-header.ts';
import { sharpFailed } from './sharp-failed.ts';

/** A map read from a grey picture. */
export interface GreyMap {
  /** Grey levels divided by white, in [0, 1]. */
  readonly map: FloatMap;
  /** Bits per level in the file, 8 or 16. */
  readonly bits: number;
}

/**
 * Reads a grey PNG of 1 to 16 bits. A PNG with three equal channels and no transparency counts as grey.
 * @throws when the file is not a PNG, or is damaged, coloured or transparent
 */
export async function readGreyMap(bytes: Uint8Array): Promise<GreyMap> {
  const header = await readPictureHeader(bytes);
  const { format } = header;
  if (format !== 'png')
    throw new Error(`${format.toUpperCase()} is not a format for maps; a grey PNG is needed`);
  checkCost(header, false);
  const open = (): Sharp => sharp(bytes, { failOn: 'error', ignoreIcc: true, limitInputPixels: false });
  const { depth } = await open().metadata().catch(sharpFailed);
  const wide = depth === 'ushort';
  const raw = wide ? open().toColourspace('rgb16').raw({ depth }) : open().toColourspace('srgb').raw();
  const { data, info } = await raw.toBuffer({ resolveWithObject: true }).catch(sharpFailed);
  const levels = wide ? new Uint16Array(new Uint8Array(data).buffer) : data;
  const { width, height, channels } = info;
  const white = wide ? 65_535 : 255;
  const values = new Float32Array(width * height);
  for (let i = 0, at = 0; i < values.length; i++, at += channels) {
    if (levels[at] !== levels[at + 1] || levels[at] !== levels[at + 2]) {
      throw new Error('a colour picture; a map must be a grey PNG or .npy');
    }
    if (channels === 4 && levels[at + 3] !== white) {
      throw new Error('a picture with transparency; a map must be a grey PNG or .npy');
    }
    values[i] = levels[at] / white;
  }
  return { map: tensor('float32', [height, width], values), bits: wide ? 16 : 8 };
}
