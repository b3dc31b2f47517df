/** `explain` in a browser: pictures may be anything that a browser can draw. */
import { pixelsOf } from './data/picture/bitmap.ts';
import { type PictureSource, pictureInMemory } from './data/picture/picture-source.ts';
import {
  type ExplainEachOptions,
  type Explained,
  type ExplainOptions,
  explain,
  type Looker,
} from './explain/explain.ts';
import { type FullSize, fullSize } from './explain/full-size.ts';
import type { Picture } from './tensor/tensor.ts';

/**
 * A bitmap, a file (Blob), an image, canvas or video element, pixels (uint8 `[H, W, 3]`), or a custom source.
 */
export type PictureGiven = ImageBitmapSource | Picture | PictureSource;

/**
 * Explains a picture: what a model sees in it, and where.
 *
 *     const model = await FullModel.load(bytes, createSession);
 *     const { picture, refinement } = await explain(model, file);
 *     const { data, shape } = overlay(picture, refinement.merged); // uint8 [H, W, 3]
 *
 * @param options with several classes, the result is an array with one explanation per class, in their order
 * @throws as `explain` of the main entry, and when the browser cannot decode the picture
 */
async function explainBitmap(
  model: Looker,
  picture: PictureGiven,
  options?: ExplainOptions,
): Promise<Explained>;
async function explainBitmap(
  model: Looker,
  picture: PictureGiven,
  options: ExplainEachOptions,
): Promise<Explained[]>;
async function explainBitmap(
  model: Looker,
  picture: PictureGiven,
  options?: ExplainOptions | ExplainEachOptions,
): Promise<Explained | Explained[]> {
  return explain(model, await sourceOf(picture), options as ExplainOptions);
}

/**
 * An explanation's result at the picture's own size, up to 2^24 pixels: the map in levels, the mask, the box.
 *
 *     const full = await fullSize(file, explained);
 *     const { data, shape } = cutOutOf(full.picture, full.mask); // uint8 [H, W, 4]
 *
 * @param picture the explained picture
 * @throws when the browser cannot decode the picture
 */
async function fullSizeOfBitmap(picture: PictureGiven, explained: Explained): Promise<FullSize> {
  return fullSize(await sourceOf(picture), explained);
}

export { explainBitmap as explain, fullSizeOfBitmap as fullSize };

async function sourceOf(picture: PictureGiven): Promise<PictureSource> {
  if ('seen' in picture) return picture;
  if ('dtype' in picture) return pictureInMemory(picture);
  const bitmap = await createImageBitmap(picture, { imageOrientation: 'from-image' });
  try {
    return pictureInMemory(pixelsOf(bitmap));
  } finally {
    bitmap.close();
  }
}
