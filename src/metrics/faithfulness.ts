/**
 * How well a map reflects what its classifier depends on. Needs no ground truth, but many passes of the
 * classifier.
 */
import { scaleToUnit } from '../tensor/scale-to-unit.ts';
import { type FloatMap, type Tensor, tensor } from '../tensor/tensor.ts';
import { adcc, coherency, complexity } from './adcc.ts';
import { confidenceDrop, confidenceRises, imageTimesMap } from './confidence.ts';
import { type InsertionDeletionOptions, insertionDeletion, type Predict } from './insertion-deletion.ts';

/** The measures of one image, or their means over several; all in [0, 1]. */
export interface Faithfulness {
  /** High is good. */
  readonly insertion: number;
  /** Low is good. */
  readonly deletion: number;
  /** Low is good. */
  readonly averageDrop: number;
  /** Share of images whose probability increases; high is good. */
  readonly averageIncrease: number;
  /** High is good. */
  readonly coherency: number;
  /** Low is good. */
  readonly complexity: number;
  /** Mean of the images' ADCC; high is good. */
  readonly adcc: number;
}

/** One image and the functions to evaluate it with. */
export interface FaithfulnessCase {
  /** float32 `[H, W, C]` in [0, 1]. */
  readonly image: Tensor<'float32'>;
  /** float32 `[H, W]`, any finite values; it is scaled to [0, 1]. */
  readonly map: FloatMap;
  /** The class that the map explains. */
  readonly classIndex: number;
  readonly predict: Predict;
  /** Computes the method's map `[H, W]`, for the same class, of another image `[1, H, W, C]`. */
  readonly mapOf: (image: Tensor<'float32'>) => Promise<FloatMap>;
}

/**
 * All measures of one image: 2 (steps + 1) + 2 images are run through the classifier, and one through the
 * method.
 * Sources: insertion and deletion, Petsiuk et al., *RISE*, BMVC 2018; average drop and increase, Chattopadhay
 * et al., *Grad-CAM++*, WACV 2018; coherency, complexity and ADCC, Poppi et al., CVPR Workshops 2021.
 * @param options steps and batch size of `insertionDeletion`; default 32 each
 * @throws as `insertionDeletion` does
 * @example
 * ```ts
 * import { mapAt, tensor } from 'high-res-mapping';
 * import { faithfulness } from 'high-res-mapping/metrics';
 * import { loadFullModel, readPicture, toImage } from 'high-res-mapping/node';
 *
 * const model = await loadFullModel('models/scenes.onnx');
 * const image = toImage(await readPicture('samples/star.jpg', { size: 64 }));
 * const found = await faithfulness({
 *   image: tensor('float32', [64, 64, 3], image.data),
 *   map: mapAt(await model.highResCam(image, 'star'), 0),
 *   classIndex: model.classes.indexOf('star'),
 *   predict: (images) => model.predict(images),
 *   mapOf: async (masked) => mapAt(await model.highResCam(masked, 'star'), 0),
 * }, { steps: 8 });
 * // At best 1, 0 and 1:
 * console.log(found.insertion.toFixed(2), found.deletion.toFixed(2), found.coherency.toFixed(2));
 * //=> 0.94 0.06 0.99
 * await model.release();
 * ```
 */
export async function faithfulness(
  { image, map, classIndex, predict, mapOf }: FaithfulnessCase,
  options: InsertionDeletionOptions = {},
): Promise<Faithfulness> {
  const shown = scaleToUnit(map);
  const masked = imageTimesMap(image, shown);
  const both = tensor('float32', [2, ...image.shape]);
  both.data.set(image.data);
  both.data.set(masked.data, image.data.length);
  const { data, shape } = await predict(both);
  const [whole, rest] = [data[classIndex], data[shape[1] + classIndex]];
  const again = await mapOf(tensor('float32', [1, ...image.shape], masked.data));
  const drop = confidenceDrop(whole, rest);
  const coherent = coherency(shown, again);
  const complex = complexity(shown);
  return {
    ...(await insertionDeletion(image, shown, classIndex, predict, options)),
    averageDrop: drop,
    averageIncrease: Number(confidenceRises(whole, rest)),
    coherency: coherent,
    complexity: complex,
    adcc: adcc(coherent, complex, drop),
  };
}

/**
 * The mean over images, measure by measure.
 * @param each from `faithfulness`, one for each image
 * @throws when there are none
 * @example
 * ```ts
 * import { meanFaithfulness } from 'high-res-mapping/metrics';
 *
 * const rest = { averageDrop: 0, averageIncrease: 1, coherency: 1, complexity: 0.5, adcc: 0.75 };
 * const first = { insertion: 0.75, deletion: 0.25, ...rest }; // as faithfulness gives them
 * const second = { insertion: 0.25, deletion: 0.5, ...rest };
 * const { insertion, deletion } = meanFaithfulness([first, second]);
 * console.log(insertion, deletion); //=> 0.5 0.375
 * ```
 */
export function meanFaithfulness(each: readonly Faithfulness[]): Faithfulness {
  if (each.length === 0) throw new Error('meanFaithfulness: there are no images');
  const mean = (of: keyof Faithfulness): number => each.reduce((sum, one) => sum + one[of], 0) / each.length;
  return {
    insertion: mean('insertion'),
    deletion: mean('deletion'),
    averageDrop: mean('averageDrop'),
    averageIncrease: mean('averageIncrease'),
    coherency: mean('coherency'),
    complexity: mean('complexity'),
    adcc: mean('adcc'),
  };
}
