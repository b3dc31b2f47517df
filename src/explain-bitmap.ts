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
 * Explains a picture: which classes a model sees in it, and where. Both maps are raw and signed, in the
 * classifier's own unit, or in that of the `method` in the options: `low`, `[h, w]`, as the classifier has
 * it, and `high`, `[H, W]`, a value for each pixel of the model's input. `refinement.merged`, `[H, W]` in [0,
 * 1], follows the picture's edges.
 * @param picture of any size: what the browser can draw, pixels (uint8 `[H, W, 3]`), or a custom source
 * @param options default: the predicted class, at the size that the model was trained at; with several
 * classes, the result is an array with one explanation per class, in their order
 * @throws as `explain` of the main entry, and when the browser cannot decode the picture
 * @example
 * ```ts
 * import { FullModel, overlay } from 'high-res-mapping';
 * import { createSession, explain } from 'high-res-mapping/browser';
 *
 * const bytes = await (await fetch('scenes.onnx')).arrayBuffer();
 * const model = await FullModel.load(new Uint8Array(bytes), createSession);
 * const file = await (await fetch('star.jpg')).blob();
 * const { explained, low, picture, refinement } = await explain(model, file);
 * console.log(explained.name, low.shape); //=> star [ 4, 4 ]
 * console.log(overlay(picture, refinement.merged).shape); //=> [ 256, 256, 3 ]
 * await model.release();
 * ```
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
 * An explanation's result at the picture's own size, up to 2^24 pixels, along the picture's edges: the
 * refined map in levels, uint8 `[H, W]`, 0 to 255; the mask, uint8 `[H, W]`, 0 or 1; its bounding box,
 * `[x0, y0, x1, y1)` in pixels. A larger picture is reduced, in its proportions.
 * @param picture the explained picture, again
 * @throws when the browser cannot decode the picture
 * @example
 * ```ts
 * import { cutOutOf, FullModel } from 'high-res-mapping';
 * import { createSession, explain, fullSize } from 'high-res-mapping/browser';
 *
 * const bytes = await (await fetch('scenes.onnx')).arrayBuffer();
 * const model = await FullModel.load(new Uint8Array(bytes), createSession);
 * const bitmap = await createImageBitmap(await (await fetch('star.jpg')).blob());
 * const { picture, mask, levels } = await fullSize(bitmap, await explain(model, bitmap));
 * console.log(mask.shape, levels.shape); //=> [ 256, 256 ] [ 256, 256 ]
 * console.log(cutOutOf(picture, mask).shape); //=> [ 256, 256, 4 ]
 * await model.release();
 * ```
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
