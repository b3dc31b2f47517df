/** The losses that training minimises, as float32 scalars. */

import { oneHot } from '../graph/composites/one-hot.ts';
import type { Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { tensor } from '../tensor/tensor.ts';

export interface CrossEntropyOptions {
  /** In [0, 1]. Default 0. */
  readonly labelSmoothing?: number;
  /** One factor for each class. Default: all 1. */
  readonly classWeights?: readonly number[];
}

/**
 * Cross-entropy between targets and predictions, `-sum_c q[c] ln p[c]`, mean over the batch. The target q is
 * 1 at the label; with label smoothing s it is `1 - s + s/M` there and `s/M` at the other classes (Szegedy et
 * al., *Rethinking the Inception Architecture for Computer Vision*, CVPR 2016, section 7), as PyTorch's
 * `CrossEntropyLoss(label_smoothing=s)`. With class weights, each image's term is multiplied by the weight of
 * its label; the mean is still over N, as with Keras' `class_weight`.
 * @param logits `[N, M]`
 * @param labels int64 `[N]`
 * @throws when the smoothing is outside [0, 1], or there is not one weight for each class
 */
export function crossEntropy(
  logits: Value,
  labels: Value,
  { labelSmoothing = 0, classWeights }: CrossEntropyOptions = {},
): Value {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new Error(`cross-entropy: the label smoothing must be in [0, 1], got ${labelSmoothing}`);
  }
  const { graph } = logits;
  const classes = Number(logits.shape[1]);
  if (classWeights && classWeights.length !== classes) {
    throw new Error(
      `cross-entropy: a weight for each of ${classes} classes is needed, got ${classWeights.length}`,
    );
  }
  const hard = oneHot(labels, classes);
  const smooth = (): Value =>
    o.add(o.mul(hard, graph.scalar(1 - labelSmoothing)), graph.scalar(labelSmoothing / classes));
  const targets = labelSmoothing === 0 ? hard : smooth();
  const likelihoods = o.reduceSum(o.mul(targets, o.logSoftmax(logits, 1)), [1]);
  if (!classWeights) return o.neg(o.reduceMean(likelihoods, [0]));
  const byClass = graph.constant(tensor('float32', [classes], [...classWeights]));
  const weights = o.reduceSum(o.mul(hard, byClass), [1]);
  return o.neg(o.reduceMean(o.mul(weights, likelihoods), [0]));
}

/** Mean over all elements of the squared difference. */
export function meanSquaredError(a: Value, b: Value): Value {
  const difference = o.sub(a, b);
  return o.reduceMean(
    o.mul(difference, difference),
    a.shape.map((_, axis) => axis),
  );
}

/**
 * The values of the class's map that correspond to "object" (soft label 1) and "background" (soft label 0).
 */
const taught = { object: 9, background: -1 };

/**
 * The Brier score of the true classes' maps against soft labels p: mean over all pixels of `(p' - p)^2`,
 * where `p' = (map - background) / (object - background)`. A squared error, not a cross-entropy: it fixes the
 * map's values at both ends, so that maps of different images have one scale.
 * @param maps `[N, H, W]`
 * @param soft `[N, H, W]` in [0, 1]
 */
export function softLabelLoss(maps: Value, soft: Value): Value {
  const { graph } = maps;
  const range = taught.object - taught.background;
  const share = o.add(o.mul(maps, graph.scalar(1 / range)), graph.scalar(-taught.background / range));
  return meanSquaredError(share, soft);
}

/**
 * The squared error of moved evidence against its target: mean over pixels of (M - y)^2, weighted sum over
 * classes, mean over the batch.
 * @param moved M, `[N, S, R, R]`
 * @param soft y, in [0, 1], `[N, S, R, R]`
 * @param weight of each class, `[N, S]`
 */
export function evidenceError(moved: Value, soft: Value, weight: Value): Value {
  const difference = o.sub(moved, soft);
  const error = o.reduceMean(o.mul(difference, difference), [2, 3]);
  return o.reduceMean(o.reduceSum(o.mul(error, weight), [1]), [0]);
}

/**
 * The cross-entropy of each pixel's own logits, `softmax(W^T F)`, times its soft label: mean over all pixels.
 * It keeps the maps of different classes apart.
 * @param features `[N, K, H, W]`
 * @param weights the classifier's, `[K, M]`
 * @param labels int64 `[N]`
 * @param soft `[N, H, W]` in [0, 1]
 */
export function pixelCrossEntropy(features: Value, weights: Value, labels: Value, soft: Value): Value {
  const [channels, classes] = weights.shape.map(Number);
  const kernel = o.reshape(o.transpose(weights, [1, 0]), [classes, channels, 1, 1]);
  const likelihoods = o.logSoftmax(o.conv(features, kernel), 1);
  const own = o.reduceSum(o.mul(o.reshape(oneHot(labels, classes), [-1, classes, 1, 1]), likelihoods), [1]);
  return o.neg(o.reduceMean(o.mul(own, soft), [0, 1, 2]));
}

/**
 * The L2 regulariser of Keras, `l2 sum w^2`, and its gradient, `2 l2 w`.
 * @param weights `[K]`, those with L2
 */
export function l2Penalty(weights: Value, l2: number): { readonly penalty: Value; readonly gradient: Value } {
  const { graph } = weights;
  return {
    penalty: o.mul(o.reduceSum(o.mul(weights, weights), [0]), graph.scalar(l2)),
    gradient: o.mul(weights, graph.scalar(2 * l2)),
  };
}

/** The number of correct predictions in the batch, a float32 scalar. */
export function countCorrect(logits: Value, labels: Value): Value {
  return o.reduceSum(o.cast(o.equal(o.argMax(logits, 1), labels), 'float32'), [0]);
}
