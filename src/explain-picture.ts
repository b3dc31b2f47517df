/** From a picture's file to what a model and a reader see of it, and from a model's answer to a refinement: for `cli` and `server`. */

import { readBytes } from './data/files/read-file.ts';
import { readPicture } from './data/picture/decode.ts';
import { readPictureSize } from './data/picture/picture-header.ts';
import { type CamModel, type Explanation, mapAt, type Prediction } from './explain/cam-model.ts';
import { type Refinement, type RefineOptions, type Refiner, refine } from './refine/pipeline.ts';
import { resizeBilinear } from './tensor/resize-map.ts';
import type { Picture } from './tensor/tensor.ts';

/** Longer side, in pixels, at which a picture is shown in its overlay. */
const displaySide = 960;

/**
 * A picture in its own proportions, at most 960 pixels wide and high: uint8 `[H, W, 3]`.
 * @param source a path, or the file's bytes
 * @throws as `readPicture` does
 */
export async function readForDisplay(source: string | Uint8Array): Promise<Picture> {
  const bytes = typeof source === 'string' ? await readBytes(source) : source;
  // Where no size can be read, `readPicture` says what is wrong.
  const found = await readPictureSize(bytes).catch(() => undefined);
  if (found === undefined) return readPicture(source);
  const scale = displaySide / Math.max(found.height, found.width);
  if (scale >= 1) return readPicture(source);
  return readPicture(source, {
    height: Math.max(1, Math.round(found.height * scale)),
    width: Math.max(1, Math.round(found.width * scale)),
  });
}

/** The best five classes of a model's i-th image, best first, and the one that its maps explain. */
export function predictionsOf(
  model: Pick<CamModel, 'classes' | 'topN'>,
  { probabilities, explainedClass }: Explanation,
  i: number,
): { predictions: readonly Prediction[]; explained: Prediction } {
  const all = model.topN(probabilities, model.classes.length)[i];
  const explained = all.find(({ index }) => index === explainedClass[i]) ?? all[0];
  return { predictions: all.slice(0, 5), explained };
}

/**
 * The refinement of a model's i-th image; where there is no high-res map, the low-res one is enlarged.
 * @param seen the picture as the model saw it, uint8 `[H, W, C]`
 * @param options with the refiner to take; `refinerFor(model.expansion)` goes with the model's maps
 */
export function refineExplanation(
  seen: Picture,
  { lowResCam, highResCam }: Explanation,
  i: number,
  options: RefineOptions & { readonly refiner: Refiner },
): Refinement {
  const low = mapAt(lowResCam, i);
  const [height, width] = seen.shape;
  const high = highResCam ? mapAt(highResCam, i) : resizeBilinear(low, height, width);
  return refine(seen, low, high, options);
}
