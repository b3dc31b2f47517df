import type { FloatMap } from '../../tensor/tensor.ts';
import type { LayerReading } from './layer-reader.ts';
import type { CamMethodEntry } from './method.ts';
import { sumOfTerms } from './weighted-sum.ts';

export const hiResCam: CamMethodEntry = {
  name: 'hirescam',
  title: 'HiResCAM',
  paper:
    'Draelos, Carin, Use HiResCAM instead of Grad-CAM for Faithful Explanations of Convolutional Neural Networks, 2020 (arXiv 2011.08891)',
  looksAt: 'target',
  layerChoice: 'one',
  smoothing: 'peak',
  make:
    ({ reader }) =>
    async (image, classIndex) =>
      hiResCamMap((await reader.gradients(image, classIndex))[0]),
};

/**
 * L = sum over k of (dY / dA_k) A_k at each position: gradients are not averaged. Signed, as the paper
 * defines it. For `low` and `dense_5` it is the CAM divided by the number of positions.
 */
export function hiResCamMap({ activations, gradients }: LayerReading): FloatMap {
  return sumOfTerms(activations, gradients, (a, g) => a * g);
}
