/**
 * Insertion and deletion: how fast the class's probability rises as pixels are inserted into the image in the
 * order of the map, and how fast it falls as they are deleted.
 * Source: Petsiuk, Das, Saenko, *RISE: Randomized Input Sampling for Explanation of Black-box Models*, BMVC
 * 2018.
 */
import { type FloatMap, mapSize, type Tensor, tensor } from '../tensor/tensor.ts';
import { gaussianBlur } from './gaussian-blur.ts';

/** A classifier: from images `[N, H, W, C]` in [0, 1] to probabilities `[N, M]`. */
export type Predict = (images: Tensor<'float32'>) => Promise<Tensor<'float32'>>;

/** The two areas of one image. */
export interface InsertionDeletion {
  /**
   * Area under the curve of the class's probability, in [0, 1]: high is good. From the blurred image (11 x
   * 11, sigma 5) to the original.
   */
  readonly insertion: number;
  /** The same from the original image to zeros, black: low is good. */
  readonly deletion: number;
}

/** Options of `insertionDeletion`. */
export interface InsertionDeletionOptions {
  /**
   * Number of steps, each with the same number of pixels, >= 1; default 32. In the paper a step has 224
   * pixels.
   */
  readonly steps?: number;
  /** Images per pass of the classifier, >= 1; default 32. */
  readonly batchSize?: number;
}

/**
 * Both areas for one image, by the trapezoidal rule over steps + 1 images each. Of equal pixels, the first in
 * reading order counts as higher.
 * Source: Petsiuk, Das, Saenko, *RISE: Randomized Input Sampling for Explanation of Black-box Models*, BMVC
 * 2018.
 * @param image float32 `[H, W, C]` in [0, 1]
 * @param map float32 `[H, W]`, of any range: only the order of its values counts
 * @param classIndex the class that the map explains, >= 0
 * @param predict the classifier; it is run in batches
 * @throws when the sizes differ, an option is out of range, or `predict` gives no such class
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import { insertionDeletion } from 'high-res-mapping/metrics';
 *
 * const image = tensor('float32', [2, 2, 1], [1, 0, 0, 0]);
 * const map = tensor('float32', [2, 2], [9, 3, 2, 1]);
 * // In place of a classifier: the probability of its only class is the value of the first pixel,
 * // which the map puts first. So it falls from 1 to 0 in the first of four steps.
 * const { deletion } = await insertionDeletion(image, map, 0, async ({ data, shape: [n] }) => {
 *   return tensor('float32', [n, 1], data.filter((_, i) => i % 4 === 0));
 * }, { steps: 4 });
 * console.log(deletion); //=> 0.125
 * ```
 */
export async function insertionDeletion(
  image: Tensor<'float32'>,
  map: FloatMap,
  classIndex: number,
  predict: Predict,
  { steps = 32, batchSize = 32 }: InsertionDeletionOptions = {},
): Promise<InsertionDeletion> {
  const { height, width } = mapSize(map, 'insertionDeletion');
  if (image.shape.length !== 3 || image.shape[0] !== height || image.shape[1] !== width) {
    throw new Error(
      `insertionDeletion: image [H, W, C] and map [H, W] must have one size, got [${image.shape}] and [${map.shape}]`,
    );
  }
  for (const [name, value] of Object.entries({ steps, batchSize })) {
    if (!(Number.isInteger(value) && value >= 1))
      throw new Error(`insertionDeletion: ${name} must be a whole number >= 1, got ${value}`);
  }
  const order = Uint32Array.from({ length: height * width }, (_, i) => i);
  order.sort((a, b) => map.data[b] - map.data[a] || a - b);
  const curve = async (from: Tensor<'float32'>, to: Tensor<'float32'>): Promise<number> => {
    const frames = framesBetween(from, to, order, steps);
    const probabilities = await probabilitiesOf(frames, image.shape, classIndex, predict, batchSize);
    return areaBelow(probabilities);
  };
  return {
    insertion: await curve(gaussianBlur(image), image),
    deletion: await curve(image, tensor('float32', image.shape)),
  };
}

/**
 * steps + 1 images: from `from` to `to`, with more and more pixels of `to`, in the given order. Each image is
 * overwritten by the next.
 */
function* framesBetween(
  from: Tensor<'float32'>,
  to: Tensor<'float32'>,
  order: Uint32Array,
  steps: number,
): Generator<Float32Array> {
  const channels = from.shape[2];
  const frame = from.data.slice();
  yield frame;
  let moved = 0;
  for (let step = 1; step <= steps; step++) {
    for (const until = Math.round((order.length * step) / steps); moved < until; moved++) {
      const at = channels * order[moved];
      for (let c = 0; c < channels; c++) frame[at + c] = to.data[at + c];
    }
    yield frame;
  }
}

/** The class's probability for each image. */
async function probabilitiesOf(
  frames: Iterable<Float32Array>,
  shape: readonly number[],
  classIndex: number,
  predict: Predict,
  batchSize: number,
): Promise<number[]> {
  const out: number[] = [];
  let waiting: Float32Array[] = [];
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const images = tensor('float32', [waiting.length, ...shape]);
    for (const [i, frame] of waiting.entries()) images.data.set(frame, i * frame.length);
    const { data, shape: found } = await predict(images);
    if (!(Number.isInteger(classIndex) && classIndex >= 0 && classIndex < found[1]))
      throw new Error(`insertionDeletion: class ${classIndex} of ${found[1]} classes`);
    for (let i = 0; i < waiting.length; i++) out.push(data[i * found[1] + classIndex]);
    waiting = [];
  };
  for (const frame of frames) {
    waiting.push(frame.slice());
    if (waiting.length === batchSize) await flush();
  }
  await flush();
  return out;
}

/** The area under values at equal distances over [0, 1], by the trapezoidal rule. */
export function areaBelow(values: readonly number[]): number {
  const inner = values.reduce((sum, value) => sum + value, 0) - (values[0] + values[values.length - 1]) / 2;
  return inner / (values.length - 1);
}
