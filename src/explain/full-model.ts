import type { ImportedClassifier } from '../classifier/imported-classifier.ts';
import type { Model } from '../models/model.ts';
import type { CreateSession } from '../runtime/session.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { CamModel, type ClassChoice, type LoadOptions, openModel } from './cam-model.ts';

/**
 * Localisation and expansion network: predicts as its half model does, and localises at the image's full
 * size. With the expansions 'transport', 'tied-image' and 'tied-cells' (`expansion`), both maps have one
 * mean. Plus the class's bias it is the logit, unless the head of an imported classifier is not linear.
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { FullModel, random, renderScene } from 'high-res-mapping';
 * import { createSession, toImage } from 'high-res-mapping/node';
 *
 * const model = await FullModel.load(await readFile('models/scenes.onnx'), createSession);
 * const { picture } = renderScene({ shape: 'star', size: 64, random: random(1) });
 * const { low, high } = await model.generateCams(toImage(picture), 'star');
 * console.log(low.shape, high.shape); //=> [ 1, 4, 4 ] [ 1, 64, 64 ]
 * const means = [low, high].map(({ data }) => data.reduce((sum, value) => sum + value, 0) / data.length);
 * console.log((means[0] / means[1]).toFixed(2)); //=> 1.00
 * await model.release();
 * ```
 */
export class FullModel extends CamModel {
  /**
   * Loads a full model from the bytes of its file, or takes a model as `decodeKerasModel` returns it.
   * @throws when it is not a full model
   */
  static async load(
    source: Uint8Array | Model | ImportedClassifier,
    createSession: CreateSession,
    options: LoadOptions = {},
  ): Promise<FullModel> {
    const opened = await openModel(source, createSession, { ...options, type: 'full' });
    return new FullModel(opened);
  }

  /**
   * The low-res class activation map of each image, `[N, h, w]`, as `Explanation.lowResCam`. Default class:
   * each image's predicted one.
   */
  async lowResCam(
    images: Tensor<'float32'>,
    customClass?: ClassChoice | readonly ClassChoice[],
  ): Promise<Tensor<'float32'>> {
    return (await this.generateCams(images, customClass)).low;
  }

  /**
   * The high-res class activation map of each image, `[N, H, W]`. Default class: each image's predicted one.
   */
  async highResCam(
    images: Tensor<'float32'>,
    customClass?: ClassChoice | readonly ClassChoice[],
  ): Promise<Tensor<'float32'>> {
    return (await this.generateCams(images, customClass)).high;
  }

  /** Both maps and the probabilities, `[N, M]`, in one pass. */
  async generateCams(
    images: Tensor<'float32'>,
    customClass?: ClassChoice | readonly ClassChoice[],
  ): Promise<{ high: Tensor<'float32'>; low: Tensor<'float32'>; predictions: Tensor<'float32'> }> {
    const { highResCam, lowResCam, probabilities } = await this.explain(images, customClass);
    return { high: highResCam as Tensor<'float32'>, low: lowResCam, predictions: probabilities };
  }
}
