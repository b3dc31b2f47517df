/** The interface of all methods that compute class activation maps. */
import type { Tensor } from '../tensor/tensor.ts';

/** How a method is described in results. */
export interface UsedMethod {
  /** As on the command line: `grad-cam`. */
  readonly name: string;
  /** As shown to people: Grad-CAM. */
  readonly title: string;
  /** Names of the layers that it uses. */
  readonly layers: readonly string[];
  /** Whether it is the mean over mirrored and resized views. */
  readonly smooth: boolean;
}

/** A CAM method, opened on a network (`openMethod`). */
export interface CamMethod {
  /** Distinguishes it from other methods: `grad-cam`, `grad-cam+smooth`. */
  readonly name: string;
  /** How results describe it. */
  readonly about: UsedMethod;
  /**
   * One map for each image, of the class given for it.
   * @param images `[N, H, W, C]` in [0, 1], height and width as the network accepts them
   * @param classes class indices, one for each image
   * @returns `[N, h, w]`, raw: neither scaled nor resized; h and w may be smaller than the images
   */
  maps(images: Tensor<'float32'>, classes: readonly number[]): Promise<Tensor<'float32'>>;
  /** Releases the sessions that it uses, if any. */
  release?(): Promise<void>;
}
