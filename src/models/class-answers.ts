/** Nodes that compute a model file's outputs from logits and feature maps. */
import { oneHot } from '../graph/composites/one-hot.ts';
import type { Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';

/** The explained class, `[N]`: the requested one, or the most probable one if that is negative. */
export function explainedClass(logits: Value, asked: Value): Value {
  const isAsked = o.less(logits.graph.integers([-1]), asked);
  return o.where(isAsked, asked, o.argMax(logits, 1));
}

/**
 * The classifier's weights for each image's class, `[N, K]`.
 * @param weights `[M, K]`
 * @param classIndex `[N]`; outside 0..M-1: zeros
 */
export function weightsOfClass(weights: Value, classIndex: Value): Value {
  return o.matMul(oneHot(classIndex, Number(weights.shape[0])), weights);
}

/**
 * CAM[n, y, x] = sum over k of w[n, k] F[n, k, y, x]: raw and signed, without bias.
 * Zhou et al., *Learning Deep Features for Discriminative Localization*, CVPR 2016, equation 2.
 */
export function activationMap(classWeights: Value, featureMaps: Value): Value {
  return o.reduceSum(o.mul(o.reshape(classWeights, [0, 0, 1, 1]), featureMaps), [1]);
}
