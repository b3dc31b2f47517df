/** A picture's file as the source of an explanation. */
import type { Picture } from '../../tensor/tensor.ts';
import { readPicture } from './decode.ts';
import { bytesGiven, type PictureFileGiven } from './picture-given.ts';
import { readPictureSize } from './picture-header.ts';
import { displaySize, type PictureSource, sizeWithin } from './picture-source.ts';
import type { ValueOptions } from './value-range.ts';

/**
 * A picture's file as a source for `explain` and `fullSize`, also those of the main entry, which read no
 * files. It is decoded anew at each size that is asked for; the methods throw as `readPicture` does.
 * @param source a path, or the file's bytes, as for `readPicture`
 * @param values options for files whose values are not 8-bit grey levels
 * @example
 * ```ts
 * import { explain } from 'high-res-mapping';
 * import { loadModel, pictureFile } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx');
 * const source = pictureFile('samples/star.jpg', { onNote: console.warn });
 * const { explained, seen, picture } = await explain(model, source);
 * console.log(explained.name, seen.shape, picture.shape); //=> star [ 64, 64, 3 ] [ 256, 256, 3 ]
 * await model.release();
 * ```
 */
export function pictureFile(source: PictureFileGiven, values: ValueOptions = {}): PictureSource {
  return {
    name: typeof source === 'string' ? source : undefined,
    seen: (size, channels) => readPicture(source, { ...values, size, channels }),
    shown: () => readForDisplay(source, values),
    size: async () => readPictureSize(await bytesGiven(source)),
    whole: (most) => readWhole(source, most, values),
  };
}

/**
 * A picture with its aspect ratio, at most `displaySide` pixels wide and high: uint8 `[H, W, 3]`. @throws as
 * `readPicture` does
 */
export async function readForDisplay(source: PictureFileGiven, values: ValueOptions = {}): Promise<Picture> {
  const bytes = await bytesGiven(source);
  // If the size cannot be read, `readPicture` reports the error.
  const found = await readPictureSize(bytes).catch(() => undefined);
  if (found === undefined) return readPicture(source, values);
  const display = displaySize(found.height, found.width);
  if (display.height === found.height && display.width === found.width) return readPicture(source, values);
  return readPicture(source, { ...values, ...display });
}

/**
 * A picture in its own size, or reduced to at most `most` pixels with its aspect ratio: uint8 `[H, W, 3]`.
 * @throws as `readPicture` does
 */
async function readWhole(source: PictureFileGiven, most: number, values: ValueOptions): Promise<Picture> {
  const found = await readPictureSize(await bytesGiven(source)).catch(() => undefined);
  if (found === undefined) return readPicture(source, values);
  const size = sizeWithin(most, found);
  return size.height === found.height
    ? readPicture(source, values)
    : readPicture(source, { ...values, ...size });
}
