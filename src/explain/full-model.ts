import type { ImportedClassifier } from '../classifier/imported-classifier.ts';
import type { Model } from '../models/model.ts';
import type { CreateSession } from '../runtime/session.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { CamModel, type ClassChoice, type LoadOptions, openModel } from './cam-model.ts';

/**
 * Localisation and expansion network: predicts as its half model does, and localises at the image's full
 * size. With a tied expansion (`expansion`), the mean of the high-res map plus the class's bias is the logit,
 * as with the low-res map.
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
   * The low-res class activation map of each image, `[N, H/16, W/16]`. Default class: each image's predicted
   * one.
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

  /** Both maps and the probabilities in one pass. */
  async generateCams(
    images: Tensor<'float32'>,
    customClass?: ClassChoice | readonly ClassChoice[],
  ): Promise<{ high: Tensor<'float32'>; low: Tensor<'float32'>; predictions: Tensor<'float32'> }> {
    const { highResCam, lowResCam, probabilities } = await this.explain(images, customClass);
    return { high: highResCam as Tensor<'float32'>, low: lowResCam, predictions: probabilities };
  }
}
