/** `explain` in Node: pictures may be files. */
import { pictureFile } from './data/picture/picture-file.ts';
import type { PictureSource } from './data/picture/picture-source.ts';
import {
  type ExplainEachOptions,
  type Explained,
  type ExplainOptions,
  explain,
  type Looker,
} from './explain/explain.ts';
import type { Picture } from './tensor/tensor.ts';

/** A path, a file's bytes, pixels (uint8 `[H, W, 3]`), or a source of one's own. */
export type PictureGiven = string | Uint8Array | Picture | PictureSource;

/**
 * Explains a picture: what a model sees in it, and where.
 *
 *     const model = await loadModel('models/photo15.onnx');
 *     const { picture, explained, refinement } = await explain(model, 'my.jpg');
 *     await writeFileWhole('overlay.png', await encodePng(overlay(picture, refinement.merged)));
 *
 * @param options with several classes, one result for each, in their order
 * @throws as `explain` of the main entry, and when the file cannot be read
 */
function explainFile(model: Looker, picture: PictureGiven, options?: ExplainOptions): Promise<Explained>;
function explainFile(model: Looker, picture: PictureGiven, options: ExplainEachOptions): Promise<Explained[]>;
function explainFile(
  model: Looker,
  picture: PictureGiven,
  options?: ExplainOptions | ExplainEachOptions,
): Promise<Explained | Explained[]> {
  const isFile = typeof picture === 'string' || picture instanceof Uint8Array;
  return explain(model, isFile ? pictureFile(picture) : picture, options as ExplainOptions);
}

export { explainFile as explain };
