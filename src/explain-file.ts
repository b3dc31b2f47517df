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
 * Explains a picture: what a model sees in it, and where.
 *
 *     const model = await loadModel('models/imagenet.onnx');
 *     const { picture, explained, refinement } = await explain(model, 'my.jpg');
 *     await writeFileWhole('overlay.png', await encodePng(overlay(picture, refinement.merged)));
 *
 * @param options with several classes, the result is an array with one explanation per class, in their order
 * @throws as `explain` of the main entry, and when the file cannot be read
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
 * An explanation's result at the picture's own size: the map in levels, the mask, the box.
 *
 *     const { picture, mask } = await fullSize('my.jpg', explained);
 *     await writeFileWhole('cutout.png', await encodePng(cutOutOf(picture, mask)));
 *
 * @param picture the explained picture
 * @param most pixels of the result; default 2^27, the most that can be read
 * @throws when the file cannot be read
 */
function fullSizeOfFile(picture: PictureGiven, explained: Explained, most?: number): Promise<FullSize> {
  return fullSize(sourceOf(picture), explained, most);
}

export { explainFile as explain, fullSizeOfFile as fullSize };

function sourceOf(picture: PictureGiven): PictureSource {
  if (isPictureFile(picture)) return pictureFile(picture);
  return 'dtype' in picture ? pictureInMemory(picture) : picture;
}
