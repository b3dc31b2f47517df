/** `explain` in a browser: pictures may be whatever a browser draws. */
import { pixelsOf } from './data/picture/bitmap.ts';
import { type PictureSource, pictureInMemory } from './data/picture/picture-source.ts';
import {
  type ExplainEachOptions,
  type Explained,
  type ExplainOptions,
  explain,
  type Looker,
} from './explain/explain.ts';
import type { Picture } from './tensor/tensor.ts';

/** A bitmap, a file (Blob), an image, canvas or video element, pixels (uint8 `[H, W, 3]`), or a source of one's own. */
export type PictureGiven = ImageBitmapSource | Picture | PictureSource;

/**
 * Explains a picture: what a model sees in it, and where.
 *
 *     const model = await FullModel.load(bytes, createSession);
 *     const { picture, refinement } = await explain(model, file);
 *     const { data, shape } = overlay(picture, refinement.merged); // uint8 [H, W, 3]
 *
 * @param options with several classes, one result for each, in their order
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

export { explainBitmap as explain };

async function sourceOf(picture: PictureGiven): Promise<Picture | PictureSource> {
  if ('seen' in picture || 'dtype' in picture) return picture;
  const bitmap = await createImageBitmap(picture, { imageOrientation: 'from-image' });
  try {
    return pictureInMemory(pixelsOf(bitmap));
  } finally {
    bitmap.close();
  }
}
