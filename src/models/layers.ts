/**
 * The layers of a DenseNet-FCN (Huang et al., *Densely Connected Convolutional Networks*, CVPR 2017; Jegou et
 * al., *The One Hundred Layers Tiramisu*, 2017). Feature maps are `[N, C, H, W]`. Names are those of the
 * reference's Keras files.
 */

import { type BatchStandardized, batchStandardized } from '../graph/composites/batch-standardized.ts';
import { type Moments, moments } from '../graph/composites/moments.ts';
import { normReluConv } from '../graph/composites/norm-relu-conv.ts';
import { type Scaled, scaled, scaledRelu, scaledReluConv } from '../graph/composites/scaled-relu.ts';
import { staticShape } from '../graph/dim.ts';
import type { Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import type { ParameterSpec, Scope } from './scope.ts';

/**
 * Feature maps; in training, with the statistics of each channel over the batch. In a dense block every later
 * batch norm uses the same statistics of a channel: they are computed once, with the channel.
 */
export interface Features {
  readonly value: Value;
  /** If batch norms use the batch's statistics. */
  readonly moments?: Moments;
  /** If feature maps are standardised once: the standardised maps, and the parts that they consist of. */
  readonly standardized?: { readonly value: Value; readonly parts: readonly BatchStandardized[] };
}

const epsilon = 1.1e-5;
const l2 = 1e-4;

/** A layer's feature maps, with their statistics if later batch norms need them. */
export function features(scope: Scope, value: Value): Features {
  switch (scope.normalization) {
    case 'moving':
      return { value };
    case 'batch':
      return { value, moments: moments(value) };
    case 'standardized': {
      const part = batchStandardized(value, epsilon);
      return { value, standardized: { value: part.value, parts: [part] } };
    }
  }
}

/** Concatenates feature maps and their statistics. */
export function concatFeatures(all: readonly Features[]): Features {
  const value = o.concat(
    all.map((one) => one.value),
    1,
  );
  const standardized = all.flatMap((one) => one.standardized ?? []);
  if (standardized.length === all.length) {
    const joined = o.concat(
      standardized.map((one) => one.value),
      1,
    );
    return {
      value,
      standardized: { value: joined, parts: standardized.flatMap(({ parts }) => parts) },
    };
  }
  const statistics = all.flatMap((one) => one.moments ?? []);
  if (statistics.length < all.length) return { value };
  const join = (key: keyof Moments): Value =>
    o.concat(
      statistics.map((s) => s[key]),
      0,
    );
  return { value, moments: { mean: join('mean'), variance: join('variance') } };
}

interface ConvolutionShape {
  readonly out: number;
  readonly size: 1 | 3;
  /** Whether the kernel has an L2 penalty. */
  readonly decay: boolean;
}

/** Convolution without bias, with a He-normal kernel; the output has the input's size. */
export function convolution(scope: Scope, name: string, x: Value, shape: ConvolutionShape): Value {
  const kernel = scope.parameter(kernelSpec(name, x, shape));
  const y = o.conv(x, kernel, { pads: paddingOf(shape) });
  scope.layer(name, `Conv ${shape.size}x${shape.size}`, y);
  return y;
}

function kernelSpec(name: string, x: Value, { out, size, decay }: ConvolutionShape): ParameterSpec {
  const channels = Number(x.shape[1]);
  return {
    name: `${name}/kernel`,
    shape: [out, channels, size, size],
    initializer: 'he-normal',
    fanIn: channels * size * size,
    role: 'trainable',
    l2: decay ? l2 : 0,
  };
}

function paddingOf({ size }: ConvolutionShape): readonly number[] {
  return size === 3 ? [1, 1, 1, 1] : [0, 0, 0, 0];
}

/**
 * Batch norm. In training it also updates its moving statistics.
 * @param gamma its initial scale
 */
export function normalize(scope: Scope, name: string, x: Features, gamma: 'ones' | 'zeros' = 'ones'): Value {
  const given = normalization(scope, name, x, gamma);
  const y = 'z' in given ? scaled(given) : o.batchNormalization(given.x, given);
  scope.layer(name, 'BatchNorm', y);
  return y;
}

/** Batch norm, then ReLU. In training it also updates its moving statistics. */
export function normalizeRelu(scope: Scope, name: string, x: Features): Value {
  const given = normalization(scope, name, x);
  const y = 'z' in given ? scaledRelu(given) : o.relu(o.batchNormalization(given.x, given));
  scope.layer(name, 'BatchNorm, ReLU', y);
  return y;
}

/** Batch norm, ReLU, convolution without bias: the layers `NAME_bn` and `NAME_conv2D`. */
function normalizeReluConvolution(scope: Scope, name: string, x: Features, shape: ConvolutionShape): Value {
  const given = normalization(scope, `${name}_bn`, x);
  scope.layer(`${name}_bn`, 'BatchNorm, ReLU', x.value);
  const spec = kernelSpec(`${name}_conv2D`, x.value, shape);
  const y =
    'z' in given
      ? scaledReluConv({ ...given, rows: scope.parameter({ ...spec, asRows: true }), size: shape.size })
      : normReluConv({ ...given, kernel: scope.parameter(spec), pads: paddingOf(shape) });
  scope.layer(`${name}_conv2D`, `Conv ${shape.size}x${shape.size}`, y);
  return y;
}

/** A feature map x, and the statistics for its normalisation, each `[C]`. */
interface WithStatistics {
  readonly x: Value;
  readonly scale: Value;
  readonly bias: Value;
  readonly mean: Value;
  readonly variance: Value;
  readonly epsilon: number;
}

/**
 * The input of a batch norm: a standardised feature map, or one with its statistics. In training, the moving
 * statistics follow those of the batch.
 */
function normalization(
  scope: Scope,
  name: string,
  x: Features,
  gamma: 'ones' | 'zeros' = 'ones',
): WithStatistics | Scaled {
  const channels = Number(x.value.shape[1]);
  const vector = (
    weight: string,
    initializer: 'ones' | 'zeros',
    role: ParameterSpec['role'],
  ): ParameterSpec => ({ name: `${name}/${weight}`, shape: [channels], initializer, role, l2: 0 });
  const scale = scope.parameter(vector('gamma', gamma, 'trainable'));
  const bias = scope.parameter(vector('beta', 'zeros', 'trainable'));
  const movingMean = vector('moving_mean', 'zeros', 'moving');
  const movingVariance = vector('moving_variance', 'ones', 'moving');
  if (scope.normalization === 'moving') {
    const [mean, variance] = [movingMean, movingVariance].map((spec) => scope.parameter(spec));
    return { x: x.value, scale, bias, mean, variance, epsilon };
  }
  if (x.standardized) {
    const { parts } = x.standardized;
    scope.follow({
      spec: movingMean,
      batch: parts.map((part) => part.mean),
      factors: parts.map(() => 1),
    });
    // The moving variance estimates that of the data: the factor n / (n - 1) makes a sample's variance
    // unbiased.
    scope.follow({
      spec: movingVariance,
      batch: parts.map((part) => part.variance),
      factors: parts.map((part) => part.count / Math.max(1, part.count - 1)),
    });
    return { z: x.standardized.value, scale, bias };
  }
  if (!x.moments) throw new Error(`internal: ${name} trains without its input's statistics`);
  const { mean, variance } = x.moments;
  const [n, , height, width] = staticShape(x.value.shape, 'batch norm in training');
  const count = n * height * width;
  scope.follow({ spec: movingMean, batch: [mean], factors: [1] });
  // The moving variance estimates that of the data: the factor n / (n - 1) makes a sample's variance
  // unbiased.
  scope.follow({ spec: movingVariance, batch: [variance], factors: [count / Math.max(1, count - 1)] });
  return { x: x.value, scale, bias, mean, variance, epsilon };
}

/** BN, ReLU, 1x1 convolution that keeps the width, 2x2 max pooling. */
export function transitionDown(scope: Scope, name: string, x: Features): Features {
  const out = Number(x.value.shape[1]);
  const y = normalizeReluConvolution(scope, name, x, { out, size: 1, decay: true });
  const pooled = o.maxPool(y, 2);
  scope.layer(`${name}_pool`, 'MaxPool 2x2', pooled);
  return features(scope, pooled);
}

/** Layers of BN, ReLU, 3x3 convolution, each with the input and all earlier results as its input. */
export function denseBlock(
  scope: Scope,
  name: string,
  x: Features,
  { layers, growthRate }: { layers: number; growthRate: number },
): { readonly all: Features; readonly added: Features } {
  const added: Features[] = [];
  let all = x;
  for (let i = 0; i < layers; i++) {
    const y = normalizeReluConvolution(scope, `${name}_${i}`, all, {
      out: growthRate,
      size: 3,
      decay: false,
    });
    const made = features(scope, y);
    added.push(made);
    all = concatFeatures([all, made]);
  }
  return { all, added: concatFeatures(added) };
}

/** 3x3 transposed convolution with stride 2 (Keras 'same'), bias, ReLU: twice the size. */
export function transitionUp(scope: Scope, name: string, x: Value, out: number): Features {
  const layer = `${name}_conv2DT`;
  const channels = Number(x.shape[1]);
  const kernel = scope.parameter({
    name: `${layer}/kernel`,
    shape: [channels, out, 3, 3],
    initializer: 'he-normal',
    fanIn: channels * 9,
    role: 'trainable',
    l2,
  });
  const bias = scope.parameter({
    name: `${layer}/bias`,
    shape: [out],
    initializer: 'zeros',
    role: 'trainable',
    l2: 0,
  });
  const y = o.relu(o.convTranspose(x, kernel, { strides: [2, 2], pads: [0, 0, 1, 1], bias }));
  scope.layer(layer, 'ConvTranspose 3x3 /2, ReLU', y);
  return features(scope, y);
}

/**
 * Global average pool, then the fully connected layer: `[N, C, H, W]` -> logits `[N, M]`; its weights are
 * `[C, M]`.
 */
export function classifier(scope: Scope, x: Value, classes: number): { logits: Value; weights: Value } {
  const channels = Number(x.shape[1]);
  const pooled = o.reduceMean(x, [2, 3]);
  scope.layer('gap', 'global average pool', pooled);
  const weights = scope.parameter({
    name: 'aux_output/kernel',
    shape: [channels, classes],
    initializer: 'glorot-uniform',
    fanIn: channels,
    fanOut: classes,
    role: 'trainable',
    l2,
  });
  const bias = scope.parameter({
    name: 'aux_output/bias',
    shape: [classes],
    initializer: 'zeros',
    role: 'trainable',
    l2: 0,
  });
  const logits = o.add(o.matMul(pooled, weights), bias);
  scope.layer('aux_output', 'fully connected, softmax', logits);
  return { logits, weights };
}
