import type { ImportedClassifier } from '../classifier/imported-classifier.ts';
import type { Model } from '../models/model.ts';
import type { CreateSession } from '../runtime/session.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { CamModel, type ClassChoice, type LoadOptions, openModel } from './cam-model.ts';

/**
 * The localisation network: predicts, and localises at 1/16 of the image's size. Or an imported
 * classifier, at the size of its last feature maps.
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { HalfModel, importClassifier } from 'high-res-mapping';
 * import { createSession, readPicture, toImage } from 'high-res-mapping/node';
 *
 * const { classifier } = await importClassifier(await readFile('classifier.onnx'), createSession);
 * const model = await HalfModel.load(classifier, createSession);
 * const picture = await readPicture('samples/photos/chelsea.jpg', { height: 64, width: 64 });
 * const { cam, predictions } = await model.generateCams(toImage(picture), 2); // the map of class 2
 * console.log(cam.shape, predictions.shape); //=> [ 1, 4, 4 ] [ 1, 6 ]
 * await model.release();
 * ```
 */
export class HalfModel extends CamModel {
  /**
   * Loads a half model from the bytes of its file, or takes a model as `decodeKerasModel` or
   * `importClassifier` return it.
   * @throws when it is not a half model
   */
  static async load(
    source: Uint8Array | Model | ImportedClassifier,
    createSession: CreateSession,
    options: LoadOptions = {},
  ): Promise<HalfModel> {
    const opened = await openModel(source, createSession, { ...options, type: 'half' });
    return new HalfModel(opened);
  }

  /**
   * The class activation map of each image, `[N, h, w]`, as `Explanation.lowResCam`. Default class: each
   * image's predicted one.
   */
  async cam(
    images: Tensor<'float32'>,
    customClass?: ClassChoice | readonly ClassChoice[],
  ): Promise<Tensor<'float32'>> {
    return (await this.generateCams(images, customClass)).cam;
  }

  /** Map and probabilities, `[N, M]`, in one pass. */
  async generateCams(
    images: Tensor<'float32'>,
    customClass?: ClassChoice | readonly ClassChoice[],
  ): Promise<{ cam: Tensor<'float32'>; predictions: Tensor<'float32'> }> {
    const { lowResCam, probabilities } = await this.explain(images, customClass);
    return { cam: lowResCam, predictions: probabilities };
  }
}
