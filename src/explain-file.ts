/** `explain` in Node: pictures may be files. */
import { pictureFile } from './data/picture/picture-file.ts';
import { isPictureFile, type PictureFileGiven } from './data/picture/picture-given.ts';
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

/** A path, a file's bytes (Uint8Array, ArrayBuffer, Blob), pixels (uint8 `[H, W, 3]`), or a custom source. */
export type PictureGiven = PictureFileGiven | Picture | PictureSource;

/**
 * Explains a picture: which classes a model sees in it, and where. Both maps are raw and signed, in the
 * classifier's own unit, or in that of the `method` in the options: `low`, `[h, w]`, as the classifier has
 * it, and `high`, `[H, W]`, a value for each pixel of the model's input. `refinement.merged`, `[H, W]` in [0,
 * 1], follows the picture's edges.
 * @param picture of any size: a path, a file's bytes, pixels (uint8 `[H, W, 3]`), or a custom source
 * @param options default: the predicted class, at the size that the model was trained at; with several
 * classes, the result is an array with one explanation per class, in their order
 * @throws as `explain` of the main entry, and `FileError` when the file cannot be read
 * @example
 * ```ts
 * import { overlay } from 'high-res-mapping';
 * import { encodePng, explain, loadModel, writeFileWhole } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx');
 * const { explained, low, high, picture, refinement } = await explain(model, 'samples/star.jpg');
 * console.log(explained.name, explained.probability.toFixed(2)); //=> star 1.00
 * console.log(low.shape, high.shape); //=> [ 4, 4 ] [ 64, 64 ]
 * await writeFileWhole('star-overlay.png', await encodePng(overlay(picture, refinement.merged)));
 * const two = await explain(model, 'samples/disc.jpg', { class: ['disc', 'ring'] });
 * console.log(two.map((one) => one.explained.name)); //=> [ 'disc', 'ring' ]
 * await model.release();
 * ```
 */
function explainFile(model: Looker, picture: PictureGiven, options?: ExplainOptions): Promise<Explained>;
function explainFile(model: Looker, picture: PictureGiven, options: ExplainEachOptions): Promise<Explained[]>;
function explainFile(
  model: Looker,
  picture: PictureGiven,
  options?: ExplainOptions | ExplainEachOptions,
): Promise<Explained | Explained[]> {
  return explain(model, sourceOf(picture), options as ExplainOptions);
}

/**
 * An explanation's result at the picture's own size, along the picture's edges: the refined map in levels,
 * uint8 `[H, W]`, 0 to 255; the mask, uint8 `[H, W]`, 0 or 1; its bounding box, `[x0, y0, x1, y1)` in pixels
 * of the file.
 * @param picture the explained picture, again
 * @param most pixels of the result; default 2^27, the most that can be read. A larger picture is reduced, in
 * its proportions
 * @throws `FileError` when the file cannot be read
 * @example
 * ```ts
 * import { cutOutOf } from 'high-res-mapping';
 * import { encodePng, explain, fullSize, loadModel, writeFileWhole } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx');
 * const explained = await explain(model, 'samples/triangle.jpg');
 * const { picture, levels, mask, kept } = await fullSize('samples/triangle.jpg', explained);
 * console.log(levels.shape, mask.shape); //=> [ 256, 256 ] [ 256, 256 ]
 * console.log(`${((100 * kept) / 256 ** 2).toFixed(0)} % of the picture`); //=> 11 % of the picture
 * await writeFileWhole('triangle.png', await encodePng(cutOutOf(picture, mask)));
 * await model.release();
 * ```
 */
function fullSizeOfFile(picture: PictureGiven, explained: Explained, most?: number): Promise<FullSize> {
  return fullSize(sourceOf(picture), explained, most);
}

export { explainFile as explain, fullSizeOfFile as fullSize };

function sourceOf(picture: PictureGiven): PictureSource {
  if (isPictureFile(picture)) return pictureFile(picture);
  return 'dtype' in picture ? pictureInMemory(picture) : picture;
}
