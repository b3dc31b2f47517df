/** The result of an explanation in the size of the picture itself. */
import type { Box } from '../data/picture/crop.ts';
import { type PictureSource, resizeFar } from '../data/picture/picture-source.ts';
import { type GuidedMap, guideMap, guideSide, type LaidOut, layOut } from '../refine/full-size/lay-out.ts';
import { maskBox } from '../tensor/mask-box.ts';
import type { Picture } from '../tensor/tensor.ts';
import type { Explained } from './explain.ts';

/** The largest number of pixels of a result: 2^27, as 11,585 x 11,585. */
export const mostResultPixels: number = 2 ** 27;

/** A refined map, mask and picture in the picture's own size. */
export interface FullSize extends LaidOut {
  /** The whole picture, upright, uint8 `[H, W, 3]`, in its own size unless that has too many pixels. */
  readonly picture: Picture;
  /** Height and width of the picture in its file, upright. */
  readonly pictureSize: { readonly height: number; readonly width: number };
  /**
   * The bounding box of all pixels that are kept, `[x0, y0, x1, y1)` in pixels of the picture in its file;
   * undefined if none is.
   */
  readonly box?: Box;
}

/**
 * Upsamples an explanation's refined map to the whole picture, along the picture's edges (a guided filter;
 * He, Sun, Tang, *Guided Image Filtering*, PAMI 2013), and derives the mask by the refinement's options.
 * `overlay` draws the result's `levels` over its `picture`, `cutOutOf` cuts out its `mask`.
 *
 * Where the model saw only a part of the picture, mask and map are 0 outside of it.
 * @param source the picture that was explained; for pixels, `pictureInMemory`
 * @param most largest number of pixels of the result; a larger picture is reduced, in its proportions.
 * Default 2^27
 * @returns map `[H, W]` in levels from 0 to 255, mask `[H, W]`, and box
 * @throws when the picture cannot be read
 * @example
 * ```ts
 * import { cutOutOf, explain, fullSize, pictureInMemory, random, renderScene } from 'high-res-mapping';
 * import { loadModel } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx'); // looks at 64 x 64 pixels
 * const scene = renderScene({ shape: 'star', size: 200, random: random(3) });
 * const source = pictureInMemory(scene.picture);
 * const { picture, mask, box } = await fullSize(source, await explain(model, source));
 * console.log(mask.shape, cutOutOf(picture, mask).shape); //=> [ 200, 200 ] [ 200, 200, 4 ]
 * console.log(box?.every((edge, i) => Math.abs(edge - scene.box[i]) <= 3)); //=> true
 * await model.release();
 * ```
 */
export async function fullSize(
  source: PictureSource,
  { picture: shown, covers, refinement }: Pick<Explained, 'picture' | 'covers' | 'refinement'>,
  most: number = mostResultPixels,
): Promise<FullSize> {
  const picture = await wholePicture(source, most);
  return laidOn(picture, source, guideMap(smallGuide(shown), refinement.merged, refinement.options), covers);
}

/** A picture in its own size, or the largest of at most `most` pixels. */
export async function wholePicture(source: PictureSource, most: number = mostResultPixels): Promise<Picture> {
  return source.whole?.(most) ?? source.shown();
}

/**
 * Lays a prepared map on a picture of any size; the box is in pixels of the picture in its file.
 * @param covers the part that the map is of, in the same pixels, `[x0, y0, x1, y1)`; default: all of it
 */
export async function laidOn(
  picture: Picture,
  source: Pick<PictureSource, 'size'>,
  map: GuidedMap,
  covers?: Box,
): Promise<FullSize> {
  const [height, width] = picture.shape;
  const pictureSize = (await source.size?.()) ?? { height, width };
  const [across, down] = [width / pictureSize.width, height / pictureSize.height];
  const laid = layOut(map, picture, covers && scaled(covers, across, down));
  const box = maskBox(laid.mask);
  return { ...laid, picture, pictureSize, box: box && scaled(box, 1 / across, 1 / down) };
}

/** Starts decoding the whole picture, where the source caches it. Errors are left to `fullSize`. */
export async function beginWhole(source: PictureSource): Promise<void> {
  try {
    await source.whole?.(mostResultPixels);
  } catch {}
}

/** The same for the picture as it is displayed, `Explained.picture`: the part that the model saw. */
export function shownSize({ picture, refinement }: Pick<Explained, 'picture' | 'refinement'>): LaidOut {
  return layOut(guideMap(smallGuide(picture), refinement.merged, refinement.options), picture);
}

/** The picture reduced, in its proportions, to the size of a guide. */
function smallGuide(picture: Picture): Picture {
  const [height, width] = picture.shape;
  const scale = guideSide / Math.max(height, width);
  if (scale >= 1) return picture;
  return resizeFar(picture, Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale)));
}

/** A box in the pixels of another picture. */
function scaled([x0, y0, x1, y1]: Box, across: number, down: number): Box {
  return [Math.round(x0 * across), Math.round(y0 * down), Math.round(x1 * across), Math.round(y1 * down)];
}
