import { sampleBilinear } from '../../tensor/sample-bilinear.ts';
import { scaleToUnit } from '../../tensor/scale-to-unit.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { CamMethodEntry } from './method.ts';
import { channelsOf, positivePart, weightedSum } from './weighted-sum.ts';

/**
 * H_k = A_k enlarged to the image (bilinear, half-pixel centres) and scaled to [0, 1] (equation 5; a flat
 * channel becomes zeros);
 * S_k = the class's logit for the image times H_k, minus that for a neutral image (the increase of
 * confidence, equation 6);
 * alpha = softmax of S over the channels (algorithm 1);  L = ReLU(sum over k of alpha_k A_k) (equation 7).
 *
 * The logit of the neutral image is the same for all channels and cancels in the softmax: it is not computed.
 * As in pytorch-grad-cam, S are logits, before the softmax over classes: probabilities, all in [0, 1], would
 * give nearly equal weights.
 */
export const scoreCam: CamMethodEntry = {
  name: 'score-cam',
  title: 'Score-CAM',
  paper:
    'Wang et al., Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks, CVPR Workshops 2020',
  looksAt: 'target',
  layerChoice: 'one',
  smoothing: 'raw',
  make:
    ({ network, reader }) =>
    async (image, classIndex) => {
      const [activations] = await reader.activations(image);
      const [, h, w] = activations.shape;
      const channels = channelsOf(activations);
      const scores: number[] = [];
      for (let from = 0; from < channels.length; from += atATime) {
        const masks = channels
          .slice(from, from + atATime)
          .map((values) => maskOf(values, [h, w], [image.shape[1], image.shape[2]]));
        const { shape, data } = await reader.logits(masked(image, masks, network.neutralPixel));
        for (let i = 0; i < shape[0]; i++) scores.push(data[i * shape[1] + classIndex]);
      }
      return positivePart(weightedSum(activations, softmax(scores)));
    },
};

/** Masked images in one batch. */
const atATime = 16;

function maskOf(
  values: Float32Array,
  from: readonly [number, number],
  [height, width]: readonly [number, number],
): Float32Array {
  return scaleToUnit(sampleBilinear(tensor('float32', from, values), height, width)).data;
}

/**
 * The image `[1, H, W, C]` times each mask, relative to the neutral pixel: `[masks, H, W, C]`. After the
 * network's preprocessing, that is the preprocessed image times the mask.
 */
function masked(
  { shape, data }: Tensor<'float32'>,
  masks: readonly Float32Array[],
  neutral: readonly number[],
): Tensor<'float32'> {
  const [, height, width, channels] = shape;
  const out = tensor('float32', [masks.length, height, width, channels]);
  for (const [k, mask] of masks.entries()) {
    for (let i = 0; i < data.length; i++) {
      const zero = neutral[i % channels];
      out.data[k * data.length + i] = zero + (data[i] - zero) * mask[Math.floor(i / channels)];
    }
  }
  return out;
}

function softmax(scores: readonly number[]): Float64Array {
  const top = Math.max(...scores);
  const powers = Float64Array.from(scores, (score) => Math.exp(score - top));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
