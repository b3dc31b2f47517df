/** The class activation map itself, and with centred weights. */
import type { Network } from '../../models/network.ts';
import type { CamMethodEntry } from './method.ts';
import { weightedSum } from './weighted-sum.ts';

/**
 * L = sum over k of W[k, c] A_k, raw and signed: its mean plus the class's bias is the logit.
 * Equation 2. The low-res map of `HalfModel` and `FullModel`.
 */
export const cam: CamMethodEntry = {
  name: 'cam',
  title: 'CAM',
  paper: 'Zhou et al., Learning Deep Features for Discriminative Localization, CVPR 2016',
  looksAt: 'head',
  needsLinearHead: true,
  layerChoice: 'none',
  smoothing: 'raw',
  make: ({ network, reader }) => {
    const weights = classifierWeights(network, 'cam');
    return async (image, classIndex) =>
      weightedSum((await reader.activations(image))[0], weights[classIndex]);
  },
};

/**
 * L = sum over k of (W[k, c] - mean over classes of W[k, .]) A_k, raw and signed.
 *
 * Adding one vector to the weights of all classes changes no probability, because softmax ignores it (Zhou et
 * al., section 2); but it changes the map of equation 2. Without the classes' mean, the map shows evidence
 * for this class relative to the others. It is the mean of the differences between the class's CAM and those
 * of all classes.
 */
export const centeredCam: CamMethodEntry = {
  name: 'centered-cam',
  title: 'Centred CAM',
  paper: cam.paper,
  looksAt: 'head',
  needsLinearHead: true,
  layerChoice: 'none',
  smoothing: 'raw',
  make: ({ network, reader }) => {
    const weights = centered(classifierWeights(network, 'centered-cam'));
    return async (image, classIndex) =>
      weightedSum((await reader.activations(image))[0], weights[classIndex]);
  },
};

/**
 * The classifier's weights: for each class, one for each channel.
 * @throws when the classifier is not linear
 */
export function classifierWeights({ headWeights }: Network, who: string): Float64Array[] {
  if (headWeights === undefined) {
    throw new Error(
      `${who}: needs a classifier that is linear in the means of its feature maps; grad-cam and hirescam explain any`,
    );
  }
  const {
    shape: [channels, classes],
    data,
  } = headWeights;
  return Array.from({ length: classes }, (_, c) =>
    Float64Array.from({ length: channels }, (__, k) => data[k * classes + c]),
  );
}

/** Each class's weights minus the mean over all classes. */
export function centered(weights: readonly Float64Array[]): Float64Array[] {
  const mean = weights[0].map((_, k) => weights.reduce((sum, row) => sum + row[k], 0) / weights.length);
  return weights.map((row) => row.map((value, k) => value - mean[k]));
}
