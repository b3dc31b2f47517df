/**
 * The results of a model for pictures: predictions, and maps of a class, its own or those of a CAM method.
 */
import { type Refiner, refinerFor } from '../refine/pipeline.ts';
import { type FloatMap, type Tensor, tensor } from '../tensor/tensor.ts';
import type { CamMethod, UsedMethod } from './cam-method.ts';
import type { CamModel, ClassChoice, Prediction } from './cam-model.ts';
import { mapAt } from './images.ts';

/** A model's results for one picture. */
export interface Look {
  /** All classes, most probable first. */
  readonly predictions: readonly Prediction[];
  /** The class that the maps show. */
  readonly explained: Prediction;
  /** The CAM method that computed `low`; undefined: the maps are the model's own. */
  readonly method?: UsedMethod;
  /** Raw and signed, `[h, w]`: the model's low-res CAM, or the method's map. */
  readonly low: FloatMap;
  /**
   * Raw and signed, `[H, W]`: the model's high-res CAM, or the method's map moved to full resolution by the
   * expansion 'transport'; undefined for half models, and for methods with other expansions.
   */
  readonly high?: FloatMap;
  /** The default refiner of these maps. */
  readonly refiner: Refiner;
}

/**
 * The default refiner of maps: the CRF where the model ties its own high-res map to the class, and for all
 * maps of imported classifiers; else regions.
 */
export function refinerOf({ expansion, imported }: RefinedModel, method: unknown): Refiner {
  return refinerFor(method === undefined ? expansion : undefined, imported !== undefined);
}

type RefinedModel = Pick<CamModel, 'expansion' | 'imported'>;

/**
 * The results of a model for a batch of images: one pass of the model, and one of the method for each image.
 * @param images `[N, H, W, C]` in [0, 1], height and width as the network accepts them
 * @param choices the class to explain of each image; undefined: its predicted one
 * @returns one result for each image; each map has its own memory
 * @throws as `CamModel.explain` and `CamMethod.maps` do
 * @example
 * ```ts
 * import { lookAt, random, renderScene, tensor } from 'high-res-mapping';
 * import { loadModel, toImages } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx');
 * const scenes = [1, 3].map((seed) => renderScene({ shape: 'star', size: 64, random: random(seed) }));
 * const pixels = scenes.flatMap(({ picture }) => [...picture.data]);
 * const images = toImages(tensor('uint8', [2, 64, 64, 3], pixels));
 * const [first, second] = await lookAt(model, images, [undefined, 'cross']);
 * console.log(first.predictions[0].name, first.explained.name, first.high?.shape); //=> star star [ 64, 64 ]
 * console.log(second.predictions[0].name, second.explained.name); //=> star cross
 * await model.release();
 * ```
 */
export async function lookAt(
  model: Pick<CamModel, 'explain' | 'expand' | 'topN' | 'classes'> & RefinedModel,
  images: Tensor<'float32'>,
  choices: readonly ClassChoice[],
  method?: CamMethod,
): Promise<Look[]> {
  const { probabilities, explainedClass, lowResCam, highResCam } = await model.explain(images, choices);
  const ranked = model.topN(probabilities, model.classes.length);
  const lows = method ? await method.maps(images, explainedClass) : lowResCam;
  const highs = method ? await model.expand(images, lows) : highResCam;
  return ranked.map((predictions, i) => ({
    predictions,
    explained: predictions.find(({ index }) => index === explainedClass[i]) ?? predictions[0],
    method: method?.about,
    low: ownMap(lows, i),
    high: highs && ownMap(highs, i),
    refiner: refinerOf(model, method),
  }));
}

/** A copy, so that one map does not keep the whole batch in memory. */
function ownMap(maps: Tensor<'float32'>, i: number): FloatMap {
  const { shape, data } = mapAt(maps, i);
  return tensor('float32', shape, data.slice());
}
