/**
 * The layers of a DenseNet-FCN (Huang et al., *Densely Connected Convolutional Networks*, CVPR 2017; Jegou et al., *The One
 * Hundred Layers Tiramisu*, 2017). Feature maps are `[N, C, H, W]`. Names are those of the reference's Keras files.
 */

import { staticShape } from '../graph/dim.ts';
import type { Value } from '../graph/graph.ts';
import { type Moments, moments } from '../graph/moments.ts';
import { builders as o } from '../graph/ops/index.ts';
import type { Scope } from './scope.ts';

/**
 * Feature maps, in training with the statistics of each channel over the batch. In a dense block every later batch norm sees a
 * channel again with the same statistics: they are computed once, where the channel is made.
 */
export interface Features {
  readonly value: Value;
  readonly moments?: Moments;
}

const epsilon = 1.1e-5;
const l2 = 1e-4;
const same3x3 = [1, 1, 1, 1];

/** Feature maps as a layer made them, with their statistics where batch norms after it will ask for them. */
export function features(scope: Scope, value: Value): Features {
  return scope.normalization === 'moving' ? { value } : { value, moments: moments(value) };
}

/** Feature maps side by side, and their statistics too. */
export function concatFeatures(parts: readonly Features[]): Features {
  const value = o.concat(
    parts.map((part) => part.value),
    1,
  );
  const statistics = parts.flatMap((part) => part.moments ?? []);
  if (statistics.length < parts.length) return { value };
  const join = (key: keyof Moments): Value =>
    o.concat(
      statistics.map((s) => s[key]),
      0,
    );
  return { value, moments: { mean: join('mean'), variance: join('variance') } };
}

/** Convolution without bias, He-normal kernel, output of the input's size. */
export function convolution(
  scope: Scope,
  name: string,
  x: Value,
  { out, size, decay }: { out: number; size: 1 | 3; decay: boolean },
): Value {
  const channels = Number(x.shape[1]);
  const kernel = scope.parameter({
    name: `${name}/kernel`,
    shape: [out, channels, size, size],
    initializer: 'he-normal',
    fanIn: channels * size * size,
    role: 'trainable',
    l2: decay ? l2 : 0,
  });
  const y = o.conv(x, kernel, size === 3 ? { pads: same3x3 } : {});
  scope.layer(name, `Conv ${size}x${size}`, y);
  return y;
}

/** Batch norm, then ReLU. In training it also updates its moving statistics. */
export function normalizeRelu(scope: Scope, name: string, x: Features): Value {
  const channels = Number(x.value.shape[1]);
  const vector = (weight: string, initializer: 'ones' | 'zeros', role: 'trainable' | 'moving'): Value =>
    scope.parameter({ name: `${name}/${weight}`, shape: [channels], initializer, role, l2: 0 });
  const scale = vector('gamma', 'ones', 'trainable');
  const bias = vector('beta', 'zeros', 'trainable');
  const movingMean = vector('moving_mean', 'zeros', 'moving');
  const movingVariance = vector('moving_variance', 'ones', 'moving');
  let statistics: Moments = { mean: movingMean, variance: movingVariance };
  if (scope.normalization !== 'moving') {
    if (!x.moments) throw new Error(`internal: ${name} trains without its input's statistics`);
    statistics = x.moments;
    const { momentum } = scope.normalization;
    const [n, , height, width] = staticShape(x.value.shape, 'batch norm in training');
    const count = n * height * width;
    // The moving variance estimates that of the data: n / (n - 1) makes a sample's variance unbiased.
    const unbiased = o.mul(statistics.variance, scope.graph.scalar(count / Math.max(1, count - 1)));
    scope.movingUpdates.push(
      {
        name: `${name}/moving_mean`,
        value: o.add(statistics.mean, o.mul(momentum, o.sub(movingMean, statistics.mean))),
      },
      {
        name: `${name}/moving_variance`,
        value: o.add(unbiased, o.mul(momentum, o.sub(movingVariance, unbiased))),
      },
    );
  }
  const y = o.relu(o.batchNormalization(x.value, { scale, bias, ...statistics, epsilon }));
  scope.layer(name, 'BatchNorm, ReLU', y);
  return y;
}

/** BN, ReLU, 1x1 convolution that keeps the width, 2x2 max pooling. */
export function transitionDown(scope: Scope, name: string, x: Features): Features {
  const out = Number(x.value.shape[1]);
  const y = convolution(scope, `${name}_conv2D`, normalizeRelu(scope, `${name}_bn`, x), {
    out,
    size: 1,
    decay: true,
  });
  const pooled = o.maxPool(y, 2);
  scope.layer(`${name}_pool`, 'MaxPool 2x2', pooled);
  return features(scope, pooled);
}

/** Layers of BN, ReLU, 3x3 convolution, each on the input and all earlier results. */
export function denseBlock(
  scope: Scope,
  name: string,
  x: Features,
  { layers, growthRate }: { layers: number; growthRate: number },
): { readonly all: Features; readonly added: Features } {
  const added: Features[] = [];
  let all = x;
  for (let i = 0; i < layers; i++) {
    const normalized = normalizeRelu(scope, `${name}_${i}_bn`, all);
    const y = convolution(scope, `${name}_${i}_conv2D`, normalized, {
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
  const up = o.convTranspose(x, kernel, { strides: [2, 2], pads: [0, 0, 1, 1] });
  const y = o.relu(o.add(up, o.reshape(bias, [1, out, 1, 1])));
  scope.layer(layer, 'ConvTranspose 3x3 /2, ReLU', y);
  return features(scope, y);
}

/** Global average pool, then the fully connected layer: `[N, C, H, W]` -> logits `[N, M]`; its weights are `[C, M]`. */
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
