/** Reads one image of a data set as a model's input. */
import { join } from 'node:path';
import { FileError } from '../../errors/file-error.ts';
import { defaultImageSize } from '../../tensor/image-size.ts';
import { random } from '../../tensor/random.ts';
import type { Picture, Tensor } from '../../tensor/tensor.ts';
import { ClassMapper } from '../dataset/class-names.ts';
import { openDataset } from '../dataset/image-folder.ts';
import { readBytes } from '../files/read-file.ts';
import { readPicture } from '../picture/decode.ts';
import { toImage } from '../picture/unit-range.ts';
import type { ValueRange } from '../picture/value-range.ts';

/** Which picture of a data set is read, and how. */
export interface ReadImageOptions {
  /** Index in the split, or among the images of `className`, from 0. Default: random. */
  readonly index?: number;
  /**
   * Restricts the choice to one class: its folder's name or a name from `synsets`, matched as in
   * `ClassMapper.index`. Default: all classes.
   */
  readonly className?: string;
  /**
   * Path of a synset file for folders named by synset: one line per class, such as `n01440764 tench, Tinca
   * tinca`.
   */
  readonly synsets?: string;
  /** Seed of the random choice, an integer. Default: each call chooses differently. */
  readonly seed?: number;
  /** Default 'test'. */
  readonly split?: 'train' | 'test';
  /** Height and width in pixels, default 224. */
  readonly size?: number;
  /** 3 for RGB (default), 1 for grey. */
  readonly channels?: 1 | 3;
  /** Values of black and white for pictures that are not 8-bit grey levels, as in `DecodeOptions`. */
  readonly valueRange?: ValueRange;
}

/** A picture of a data set, with its class. */
export interface LabelledImage {
  /** float32 `[1, H, W, C]` in [0, 1]. */
  readonly image: Tensor<'float32'>;
  /** The same picture as uint8 `[H, W, C]`. */
  readonly picture: Picture;
  /** Class index. */
  readonly label: number;
  /** The class's common name from `synsets`, else the folder's name. */
  readonly className: string;
  readonly path: string;
}

/**
 * Reads one image from `dataDir/{train,test}/CLASS/`: the one at `index` or, without an index, a random one;
 * of all classes or of `className`. Unless told otherwise, of `test`, and resized to 224 x 224 RGB, without
 * keeping the aspect ratio.
 * @returns the image as a model's input, float32 `[1, H, W, C]` in [0, 1], and as a picture, with its class
 * @throws `FileError` when the split or the class is missing or the image cannot be read; when the index is
 * out of range
 * @example
 * ```ts
 * import { readImage } from 'high-res-mapping/node';
 *
 * const { image, className, label } = await readImage('scenes', { className: 'star', index: 0, size: 64 });
 * console.log(image.shape, className, label); //=> [ 1, 64, 64, 3 ] star 4
 * const any = await readImage('scenes', { split: 'train', seed: 1 });
 * console.log(any.picture.shape); //=> [ 224, 224, 3 ]
 * ```
 */
export async function readImage(dataDir: string, options: ReadImageOptions = {}): Promise<LabelledImage> {
  const {
    index,
    className,
    synsets,
    seed,
    split = 'test',
    size = defaultImageSize,
    channels = 3,
    valueRange,
  } = options;
  const dataset = await openDataset(dataDir);
  const folder = dataset[split];
  if (folder === undefined) throw new FileError(join(dataDir, split), 'no such folder');
  const names = synsets === undefined ? undefined : new TextDecoder().decode(await readBytes(synsets));
  const mapper = ClassMapper.fromFolders(dataset.classes, names);
  let { samples } = folder;
  if (className !== undefined) {
    const wanted = indexOf(mapper, className, dataDir);
    samples = samples.filter((sample) => sample.label === wanted);
    if (samples.length === 0) throw new FileError(folder.dir, `no image of class ${className}`);
  }
  if (index !== undefined && !(Number.isInteger(index) && index >= 0 && index < samples.length)) {
    throw new Error(`readImage: the index is a whole number from 0 to ${samples.length - 1}, got ${index}`);
  }
  const draw = random(seed ?? Math.floor(Math.random() * 2 ** 32));
  const { path, label } = samples[index ?? draw.integer(samples.length)];
  const picture = await readPicture(path, { size, channels, valueRange });
  return { image: toImage(picture), picture, label, className: mapper.name(label), path };
}

function indexOf(mapper: ClassMapper, className: string, dataDir: string): number {
  try {
    return mapper.index(className);
  } catch (error) {
    const names = mapper.entries.slice(0, 12).map((entry) => entry.names[0]);
    const all = mapper.size > 12 ? `, ... (${mapper.size} in all)` : '';
    throw new FileError(dataDir, `${(error as Error).message} (classes: ${names.join(', ')}${all})`);
  }
}
