import { type FloatMap, type Tensor, tensor } from '../tensor/tensor.ts';
import { resizeBilinear } from './resize-bilinear.ts';
import { scale } from './scale.ts';

/**
 * The low-res map as a grey picture of at most 256 levels (the lowest value 0, the highest 255, fractions cut off), resized
 * to `[height, width]`, then scaled to [0, 1]. float64, so that levels tie, or equal a threshold, exactly where they should.
 *
 * The paper's implementation decides on these levels which pixels are kept, and so do the golden masks.
 */
export function greyLevels(low: FloatMap, height: number, width: number): Tensor<'float64'> {
  const picture = tensor('uint8', low.shape);
  picture.data.set(scale(low).data.map((value) => 255 * value));
  const resized = resizeBilinear(picture, height, width);
  return scale(tensor('float64', [height, width], new Float64Array(resized.data)));
}
