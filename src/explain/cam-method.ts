/** What every way to make a class activation map is to whoever asks for maps. */
import type { Tensor } from '../tensor/tensor.ts';

export interface CamMethod {
  /** As on the command line: `grad-cam`. */
  readonly name: string;
  /**
   * One map for each image, of the class given for it.
   * @param images `[N, H, W, C]` in [0, 1], height and width multiples of 32
   * @param classes class indices, one for each image
   * @returns `[N, h, w]`, raw: neither scaled nor resized; h and w may be smaller than the images
   */
  maps(images: Tensor<'float32'>, classes: readonly number[]): Promise<Tensor<'float32'>>;
  /** Frees the memory of what it computes with, where there is any. */
  release?(): Promise<void>;
}
