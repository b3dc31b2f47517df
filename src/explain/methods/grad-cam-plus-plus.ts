import type { FloatMap } from '../../tensor/tensor.ts';
import type { LayerReading } from './layer-reader.ts';
import type { CamMethodEntry } from './method.ts';
import { channelsOf, positivePart, weightedSum } from './weighted-sum.ts';

export const gradCamPlusPlus: CamMethodEntry = {
  name: 'grad-cam++',
  title: 'Grad-CAM++',
  paper:
    'Chattopadhay et al., Grad-CAM++: Generalized Gradient-Based Visual Explanations for Deep Convolutional Networks, WACV 2018',
  looksAt: 'target',
  layerChoice: 'one',
  smoothing: 'peak',
  make:
    ({ reader }) =>
    async (image, classIndex) =>
      gradCamPlusPlusMap((await reader.gradients(image, classIndex))[0]),
};

/**
 * alpha = g^2 / (2 g^2 + g^3 sum over positions of A_k), g = dY / dA_k at a position (equation 19), 0 where g
 * = 0;
 * w_k = sum over positions of alpha ReLU(g) (equation 7);  L = ReLU(sum over k of w_k A_k) (equation 5).
 *
 * The equations assume activations after a ReLU. Those of this network are signed: where their sum is
 * negative, the denominator can be close to 0, and one channel then dominates. That never happened at
 * `dense_5`; at `dense_1` it did in one term of 30, at `dense_0` in one of 8 (a model of 15 classes of
 * photographs).
 *
 * @param epsilon added to the denominator. Default 0, as in the equation. pytorch-grad-cam adds 1e-6, which
 * is more than g^2 itself where the classifier averages many positions.
 */
export function gradCamPlusPlusMap({ activations, gradients }: LayerReading, epsilon = 0): FloatMap {
  const slopes = channelsOf(gradients);
  const weights = channelsOf(activations).map((values, k) => {
    const total = values.reduce((sum, a) => sum + a, 0);
    let weight = 0;
    for (const g of slopes[k]) {
      const denominator = 2 * g ** 2 + total * g ** 3 + epsilon;
      if (g > 0 && denominator !== 0) weight += g ** 3 / denominator;
    }
    return weight;
  });
  return positivePart(weightedSum(activations, weights));
}
