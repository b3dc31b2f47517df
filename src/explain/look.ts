/** What a model says of pictures: predictions, and maps of a class, its own or those of a CAM method. */
import { type Refiner, refinerFor } from '../refine/pipeline.ts';
import { type FloatMap, type Tensor, tensor } from '../tensor/tensor.ts';
import type { CamMethod, UsedMethod } from './cam-method.ts';
import type { CamModel, ClassChoice, Prediction } from './cam-model.ts';
import { mapAt } from './images.ts';

/** What a model says of one picture. */
export interface Look {
  /** All classes, best first. */
  readonly predictions: readonly Prediction[];
  /** The class that the maps are of. */
  readonly explained: Prediction;
  /** The CAM method whose map `low` is; undefined: the maps are the model's own. */
  readonly method?: UsedMethod;
  /** Raw and signed, `[h, w]`: the model's low-res CAM, or the method's map. */
  readonly low: FloatMap;
  /**
   * Raw and signed, `[H, W]`: the model's high-res CAM, or the method's map at high resolution, where the
   * model moves any evidence ('transport'); undefined of a half model, and with a method of other models.
   */
  readonly high?: FloatMap;
  /** The refiner that these maps go with. */
  readonly refiner: Refiner;
}

/**
 * The refiner that maps go with: a CRF where the model ties its own high-res map to the class, and for all
 * maps of imported classifiers; else by regions.
 */
export function refinerOf({ expansion, imported }: RefinedModel, method: unknown): Refiner {
  return refinerFor(method === undefined ? expansion : undefined, imported !== undefined);
}

type RefinedModel = Pick<CamModel, 'expansion' | 'imported'>;

/**
 * What a model says of a batch of images, in one pass, and one of the method for each image.
 * @param images `[N, H, W, C]` in [0, 1], height and width as the network takes them
 * @param choices the class to explain of each image; undefined: its predicted one
 * @returns one for each image, its maps in memory of their own
 * @throws as `CamModel.explain` and `CamMethod.maps` do
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

/** A copy: the batch's memory is not kept for one of its maps. */
function ownMap(maps: Tensor<'float32'>, i: number): FloatMap {
  const { shape, data } = mapAt(maps, i);
  return tensor('float32', shape, data.slice());
}
