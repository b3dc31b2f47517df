import type { FloatMap } from '../../tensor/tensor.ts';
import type { LayerReading } from './layer-reader.ts';
import type { CamMethodEntry } from './method.ts';
import { channelsOf, positivePart, weightedSum } from './weighted-sum.ts';

export const gradCam: CamMethodEntry = {
  name: 'grad-cam',
  title: 'Grad-CAM',
  paper:
    'Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization, ICCV 2017',
  looksAt: 'target',
  layerChoice: 'one',
  smoothing: 'peak',
  make:
    ({ reader }) =>
    async (image, classIndex) =>
      gradCamMap((await reader.gradients(image, classIndex))[0]),
};

/**
 * alpha_k = mean over positions of dY / dA_k (equation 1);  L = ReLU(sum over k of alpha_k A_k) (equation 2).
 *
 * After `low` and `dense_5` come only a 1x1 convolution, the mean and the classifier, all linear: for these
 * layers L is ReLU of the CAM, divided by the number of positions.
 */
export function gradCamMap({ activations, gradients }: LayerReading): FloatMap {
  const alpha = channelsOf(gradients).map((slopes) => slopes.reduce((sum, g) => sum + g, 0) / slopes.length);
  return positivePart(weightedSum(activations, alpha));
}
