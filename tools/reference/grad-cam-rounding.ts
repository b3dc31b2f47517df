/** The effect of float32 rounding on a Grad-CAM++ map with a denominator near 0. */
import { gradCamPlusPlusMap } from '../../src/explain/methods/grad-cam-plus-plus.ts';
import type { LayerReading } from '../../src/explain/methods/layer-reader.ts';
import { random } from '../../src/tensor/random.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';

/** The epsilon that pytorch-grad-cam adds to Grad-CAM++'s denominator. */
export const epsilon = 1e-6;

/** The largest magnitude. */
export function peakOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((peak, v) => Math.max(peak, Math.abs(v)), 0);
}

/**
 * The change of a Grad-CAM++ map by rounding: the largest of 8 draws of noise. If a denominator is near 0,
 * one channel's weight depends on the last bit of one gradient, and no float32 network can compute it to
 * 1e-4: for image 1 at `dense_1`, that bit of one gradient of channel 150 changes the map by 5e-5.
 *
 * The noise is at most one unit in the last place of the layer's largest value, 2^-23 of it. That is less
 * than the network's own error: with and without ONNX Runtime's optimisations, gradients differ by up to 3
 * such units, activations by up to 7.
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
 * The errors minus the multiple of `change` that fits them best, at most twice the change. Only an error of
 * the change's own shape, which is that of the ill-conditioned channel, is removed; all other channels must
 * be correct.
 */
export function lessItsShareOf(change: number[], errors: number[]): number[] {
  const dot = (a: number[], b: number[]) => a.reduce((sum, v, k) => sum + v * b[k], 0);
  const share = Math.max(-2, Math.min(2, dot(errors, change) / dot(change, change)));
  return errors.map((v, k) => v - share * change[k]);
}
