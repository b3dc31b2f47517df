/** What every way to make a class activation map is to whoever asks for maps. */
import type { Tensor } from '../tensor/tensor.ts';

/** A method, as results tell of it. */
export interface UsedMethod {
  /** As on the command line: `grad-cam`. */
  readonly name: string;
  /** As people write it: Grad-CAM. */
  readonly title: string;
  /** The layers that it looks at, by name. */
  readonly layers: readonly string[];
  /** Whether it is the mean over mirrored and resized views. */
  readonly smooth: boolean;
}

/** A way to make maps, opened for a network: Grad-CAM and others, or one of your own. */
export interface CamMethod {
  /** What tells it from others: `grad-cam`, `grad-cam+smooth`. */
  readonly name: string;
  /** What results say of it. */
  readonly about: UsedMethod;
  /**
   * One map for each image, of the class given for it.
   * @param images `[N, H, W, C]` in [0, 1], height and width as the network takes them
   * @param classes class indices, one for each image
   * @returns `[N, h, w]`, raw: neither scaled nor resized; h and w may be smaller than the images
   */
  maps(images: Tensor<'float32'>, classes: readonly number[]): Promise<Tensor<'float32'>>;
  /** Frees the memory of what it computes with, where there is any. */
  release?(): Promise<void>;
}
