/** The result of an explanation at the size of the picture itself. */
import type { Box } from '../data/picture/crop.ts';
import { type PictureSource, resizeFar } from '../data/picture/picture-source.ts';
import { type GuidedMap, guideMap, guideSide, type LaidOut, layOut } from '../refine/full-size/lay-out.ts';
import { maskBox } from '../tensor/mask-box.ts';
import type { Picture } from '../tensor/tensor.ts';
import type { Explained } from './explain.ts';

/** The most pixels of a result: 2^27, as 11,585 x 11,585. */
export const mostResultPixels: number = 2 ** 27;

/** The result of an explanation at the size of the picture itself. */
export interface FullSize extends LaidOut {
  /** The whole picture, upright, uint8 `[H, W, 3]`: of its own size, unless that has too many pixels. */
  readonly picture: Picture;
  /** Height and width of the picture in its file, upright. */
  readonly pictureSize: { readonly height: number; readonly width: number };
  /**
   * Around all pixels that are kept, `[x0, y0, x1, y1)` in pixels of the picture in its file; undefined
   * where none is.
   */
  readonly box?: Box;
}

/**
 * Lays an explanation's refined map on the whole picture, along the picture's edges, and keeps what the
 * refinement's options say of it:
 *
 *     const explained = await explain(model, source);
 *     const full = await fullSize(source, explained);
 *     overlay(full.picture, full.levels); // uint8 [H, W, 3]
 *     cutOutOf(full.picture, full.mask); // uint8 [H, W, 4]
 *
 * Where the model saw a part of the picture, there is nothing outside it.
 * @param source the picture that was explained
 * @param most pixels of the result; a larger picture's is smaller, in its proportions
 * @throws when the picture cannot be read
 */
export async function fullSize(
  source: PictureSource,
  { picture: shown, covers, refinement }: Pick<Explained, 'picture' | 'covers' | 'refinement'>,
  most: number = mostResultPixels,
): Promise<FullSize> {
  const picture = await (source.whole?.(most) ?? source.shown());
  return laidOn(picture, source, guideMap(smallGuide(shown), refinement.merged, refinement.options), covers);
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

/** Begins to decode the whole picture, where the source keeps it; what goes wrong `fullSize` says. */
export async function beginWhole(source: PictureSource): Promise<void> {
  try {
    await source.whole?.(mostResultPixels);
  } catch {}
}

/** The same on the picture as it is shown, `Explained.picture`, which is of the part that the model saw. */
export function shownSize({ picture, refinement }: Pick<Explained, 'picture' | 'refinement'>): LaidOut {
  return layOut(guideMap(smallGuide(picture), refinement.merged, refinement.options), picture);
}

/** A picture in its proportions, its longer side as long as a guide's. */
function smallGuide(picture: Picture): Picture {
  const [height, width] = picture.shape;
  const scale = guideSide / Math.max(height, width);
  if (scale >= 1) return picture;
  return resizeFar(picture, Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale)));
}

/** A box in another picture's pixels. */
function scaled([x0, y0, x1, y1]: Box, across: number, down: number): Box {
  return [Math.round(x0 * across), Math.round(y0 * down), Math.round(x1 * across), Math.round(y1 * down)];
}
