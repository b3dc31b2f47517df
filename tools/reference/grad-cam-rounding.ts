/** What float32 alone does to a Grad-CAM++ map, where a denominator is near 0. */
import { gradCamPlusPlusMap } from '../../src/explain/methods/grad-cam-plus-plus.ts';
import type { LayerReading } from '../../src/explain/methods/layer-reader.ts';
import { random } from '../../src/tensor/random.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';

/** What pytorch-grad-cam adds to Grad-CAM++'s denominator. */
export const epsilon = 1e-6;

/** The largest magnitude. */
export function peakOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((peak, v) => Math.max(peak, Math.abs(v)), 0);
}

/**
 * The change that rounding makes to a Grad-CAM++ map: of 8 draws of noise, the largest. Where a denominator is near 0, one channel's
 * weight hangs on the last bit of one gradient, and no float32 network can give it to 1e-4: for image 1 at `dense_1`, that bit of one
 * gradient of channel 150 moves the map by 5e-5.
 *
 * The noise is at most one unit in the last place of the layer's largest value, 2^-23 of it. This is less than the network's own: with
 * and without ONNX Runtime's optimisations, gradients differ by up to 3 such units, activations by up to 7.
 */
export function changeByRounding({ activations, gradients }: LayerReading): number[] {
  const rng = random(1);
  const noisy = ({ shape, data }: Tensor<'float32'>) => {
    const unit = 2 ** -23 * peakOf(data);
    const moved = data.map((v) => v + rng.uniform(-unit, unit));
    return tensor('float32', shape, moved);
  };
  const { data } = gradCamPlusPlusMap({ activations, gradients }, epsilon);
  const changes = Array.from({ length: 8 }, () => {
    const reading = { activations: noisy(activations), gradients: noisy(gradients) };
    return Array.from(gradCamPlusPlusMap(reading, epsilon).data, (v, k) => v - data[k]);
  });
  return changes.reduce((largest, change) => (peakOf(change) > peakOf(largest) ? change : largest));
}

/**
 * The errors without the multiple of `change` that fits them best, at most twice the change. Only an error of the change's own shape,
 * which is that of the ill-conditioned channel, goes; all other channels must be right as everywhere.
 */
export function lessItsShareOf(change: number[], errors: number[]): number[] {
  const dot = (a: number[], b: number[]) => a.reduce((sum, v, k) => sum + v * b[k], 0);
  const share = Math.max(-2, Math.min(2, dot(errors, change) / dot(change, change)));
  return errors.map((v, k) => v - share * change[k]);
}
