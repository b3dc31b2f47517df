import type { Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { tensor } from '../tensor/tensor.ts';

const weights = [0.25, 0.5, 0.25];

/**
 * Smooths every channel with [1 2 1] / 4 along both axes, zeros outside, which removes patterns that
 * alternate from pixel to pixel. A transposed convolution of stride 2 leaves such a pattern (Odena, Dumoulin,
 * Olah, *Deconvolution and Checkerboard Artifacts*, Distill 2016).
 * @param x `[N, C, H, W]`
 */
export function binomial(x: Value): Value {
  const channels = Number(x.shape[1]);
  // One kernel for all channels instead of a depthwise convolution: the graphs of trained models and of their
  // training steps have this form.
  const kernel = tensor('float32', [channels, channels, 3, 3]);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < 9; i++) {
      kernel.data[(c * channels + c) * 9 + i] = weights[Math.floor(i / 3)] * weights[i % 3];
    }
  }
  return o.conv(x, x.graph.constant(kernel), { pads: [1, 1, 1, 1] });
}
