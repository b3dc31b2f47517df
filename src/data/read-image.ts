/** One image of a data set, ready for a model. */
import { join } from 'node:path';
import { random } from '../tensor/random.ts';
import { type Picture, type Tensor, tensor } from '../tensor/tensor.ts';
import { readPicture } from './decode.ts';
import { openDataset } from './image-folder.ts';
import { toUnitRange } from './unit-range.ts';

export interface ReadImageOptions {
  /** Place in the split (or among the images of `className`), from 0. Without it a random one. */
  readonly index?: number;
  /** Only images of this class (folder name). */
  readonly className?: string;
  /** Seed of the random choice, a whole number; without it the choice differs from call to call. */
  readonly seed?: number;
  /** Default 'test'. */
  readonly split?: 'train' | 'test';
  /** Height and width in pixels, default 224. */
  readonly size?: number;
  /** 3 for RGB (default), 1 for grey. */
  readonly channels?: 1 | 3;
}

export interface LabelledImage {
  /** float32 `[1, H, W, C]` in [0, 1]. */
  readonly image: Tensor<'float32'>;
  /** The same as uint8 `[H, W, C]`. */
  readonly picture: Picture;
  /** Class index. */
  readonly label: number;
  readonly className: string;
  readonly path: string;
}

/**
 * Reads one image from `dataDir/{train,test}/CLASS/`: the one at `index`, else a random one.
 * @throws when the split or the class is missing, the index is out of range, or the image cannot be read.
 */
export async function readImage(dataDir: string, options: ReadImageOptions = {}): Promise<LabelledImage> {
  const { index, className, seed, split = 'test', size = 224, channels = 3 } = options;
  const dataset = await openDataset(dataDir);
  const folder = dataset[split];
  if (folder === undefined) throw new Error(`${join(dataDir, split)}: no such folder`);
  let { samples } = folder;
  if (className !== undefined) {
    const wanted = dataset.classes.indexOf(className);
    if (wanted < 0)
      throw new Error(`${dataDir}: no class ${className} (classes: ${summary(dataset.classes)})`);
    samples = samples.filter((sample) => sample.label === wanted);
    if (samples.length === 0) throw new Error(`${folder.dir}: no image of class ${className}`);
  }
  if (index !== undefined && !(Number.isInteger(index) && index >= 0 && index < samples.length)) {
    throw new Error(`readImage: the index is a whole number from 0 to ${samples.length - 1}, got ${index}`);
  }
  const draw = random(seed ?? Math.floor(Math.random() * 2 ** 32));
  const { path, label } = samples[index ?? draw.integer(samples.length)];
  const picture = await readPicture(path, { size, channels });
  return { image: toImage(picture), picture, label, className: dataset.classes[label], path };
}

/** A picture, uint8 `[H, W, C]`, as a model's input: float32 `[1, H, W, C]` in [0, 1]. */
export function toImage(picture: Picture): Tensor<'float32'> {
  const image = tensor('float32', [1, ...picture.shape]);
  toUnitRange(picture.data, image.data);
  return image;
}

function summary(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ');
  return names.length > 12 ? `${shown}, ... (${names.length} in all)` : shown;
}
