/**
 * Every operator's gradient against central differences: one row for each operator, and further tests for
 * special cases.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkGradient, type GradientCheck } from '../../../test/helpers/check-gradient.ts';
import { createSession } from '../../runtime/node.ts';
import type { Random } from '../../tensor/random.ts';
import { sizeOf, type Tensor, tensor } from '../../tensor/tensor.ts';
import { gradients } from '../autodiff.ts';
import { Graph } from '../graph.ts';
import { encodeOnnx } from '../onnx/proto.ts';
import type { Attributes, Operator } from '../operator.ts';
import { builders as o, operators } from './index.ts';

/** Values away from zero, where a kink or a pole would disturb the central difference. */
const awayFromZero = (r: Random): number => (r.next() < 0.5 ? -1 : 1) * r.uniform(0.3, 2);
const positive = (r: Random): number => r.uniform(0.5, 2);

/**
 * Values within 2.2 of zero, at a distance from its multiples of 0.2: never at a kink at -3, -2, -1, 0, 1,
 * ...
 */
const betweenKinks = (r: Random): number => (r.integer(22) - 10.5) / 5;

/** Columns of 1 and 0.25. */
const stripes = tensor('float32', [1, 1, 1, 6], [1, 0.25, 1, 0.25, 1, 0.25]);

/** Elements so far apart that no small step changes which one is the largest. */
const maxPoolCheck = (attributes: Attributes): GradientCheck => ({
  inputs: [[2, 3, 6, 7]],
  draw: (r) => r.integer(1000) / 10,
  h: 0.02,
  build: ([x]) => x.graph.add(operators.MaxPool, [x], attributes)[0],
});

const averagePoolCheck = (attributes: Attributes): GradientCheck => ({
  inputs: [[2, 3, 6, 7]],
  build: ([x]) => x.graph.add(operators.AveragePool, [x], attributes)[0],
});

const resizeCheck = (sizes: readonly number[], attributes: Attributes): GradientCheck => ({
  inputs: [[1, 3, 4, 6]],
  build: ([x]) =>
    x.graph.add(operators.Resize, [x, undefined, undefined, x.graph.integers(sizes)], attributes)[0],
});

/** One number, or a ramp with step `step` that restarts after three elements. */
const filled = (shape: readonly number[], start: number, step = 0): Tensor<'float32'> =>
  tensor(
    'float32',
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => start + (i % 3) * step),
  );

const checks: Record<string, GradientCheck> = {
  'Add, broadcast': {
    inputs: [
      [2, 3, 4],
      [3, 1],
    ],
    build: ([a, b]) => o.add(a, b),
  },
  'Add, one value twice': { inputs: [[2, 3]], build: ([a]) => o.add(a, a) },
  'Sub, broadcast': { inputs: [[4], [2, 3, 4]], build: ([a, b]) => o.sub(a, b) },
  'Mul, broadcast': {
    inputs: [
      [2, 3, 4],
      [2, 1, 1],
    ],
    build: ([a, b]) => o.mul(a, b),
  },
  'Mul, a value by itself': { inputs: [[5]], build: ([a]) => o.mul(a, a) },
  Div: { inputs: [[2, 3], [3]], draw: awayFromZero, build: ([a, b]) => o.div(a, b) },
  Neg: { inputs: [[5]], build: ([a]) => o.neg(a) },
  Exp: { inputs: [[5]], build: ([a]) => o.exp(a) },
  Log: { inputs: [[5]], draw: positive, build: ([a]) => o.log(a) },
  Sqrt: { inputs: [[5]], draw: positive, build: ([a]) => o.sqrt(a) },
  Relu: { inputs: [[3, 5]], draw: awayFromZero, build: ([a]) => o.relu(a) },
  Identity: { inputs: [[5]], build: ([a]) => o.identity(a) },
  HardSigmoid: {
    inputs: [[40]],
    draw: (r) => r.integer(7) - 3 + 0.1,
    build: ([a]) => o.hardSigmoid(a, 0.4, 0.5),
  },
  Abs: { inputs: [[9]], draw: awayFromZero, build: ([a]) => o.abs(a) },
  Celu: { inputs: [[20]], draw: betweenKinks, build: ([a]) => o.celu(a, 0.7) },
  'Clip, two bounds': { inputs: [[30]], draw: betweenKinks, build: ([a]) => o.clip(a, -1, 1) },
  'Clip, from below': { inputs: [[20]], draw: betweenKinks, build: ([a]) => o.clip(a, -1) },
  'Clip, from above': { inputs: [[20]], draw: betweenKinks, build: ([a]) => o.clip(a, undefined, 1) },
  'Clip, no bound': { inputs: [[5]], build: ([a]) => o.clip(a) },
  'Clip, by bounds that are computed': {
    inputs: [[40], filled([], -0.6), filled([], 0.8)],
    draw: betweenKinks,
    build: ([a, low, high]) => a.graph.add(operators.Clip, [a, low, high], {})[0],
  },
  'Clip, by one bound that is computed': {
    inputs: [[4, 10], filled([], 0.8)],
    draw: betweenKinks,
    build: ([a, high]) => a.graph.add(operators.Clip, [a, undefined, high], {})[0],
  },
  Dropout: { inputs: [[5]], build: ([a]) => o.dropout(a) },
  Elu: { inputs: [[20]], draw: betweenKinks, build: ([a]) => o.elu(a, 0.7) },
  Erf: { inputs: [[9]], build: ([a]) => o.erf(a) },
  Gelu: { inputs: [[20]], build: ([a]) => o.gelu(a) },
  'Gelu, approximate': { inputs: [[20]], build: ([a]) => o.gelu(a, 'tanh') },
  HardSwish: { inputs: [[40]], draw: (r) => r.integer(9) - 4.5, build: ([a]) => o.hardSwish(a) },
  LeakyRelu: { inputs: [[20]], draw: betweenKinks, build: ([a]) => o.leakyRelu(a, 0.1) },
  'LeakyRelu, falling': { inputs: [[20]], draw: betweenKinks, build: ([a]) => o.leakyRelu(a, -0.5) },
  'Max, broadcast': {
    inputs: [filled([2, 3], 0, 0.4), filled([3], 0.1, 0.4), filled([2, 1], 0.2, 0.3)],
    build: (all) => o.max(all),
  },
  // Both change together. Half the gradient to each, and all of it to one, both pass; all of it to both does
  // not.
  'Max, tied': { inputs: [[2, 3], [3]], build: ([a, b]) => o.max([o.add(a, b), o.add(b, a)]) },
  'Max, of one': { inputs: [[5]], build: ([a]) => o.max([a]) },
  'Mean, broadcast': { inputs: [[2, 3], [3], [2, 1]], build: (all) => o.mean(all) },
  'Min, broadcast': {
    inputs: [filled([2, 3], 0, 0.4), filled([3], 0.1, 0.4), filled([2, 1], 0.2, 0.3)],
    build: (all) => o.min(all),
  },
  'Min, tied': {
    inputs: [[2, 3], [3]],
    build: ([a, b]) => o.min([o.add(a, b), o.add(b, a), a.graph.scalar(9)]),
  },
  Mish: { inputs: [[20]], build: ([a]) => o.mish(a) },
  'PRelu, a slope for each channel': {
    inputs: [
      [2, 3, 4, 2],
      [3, 1, 1],
    ],
    draw: betweenKinks,
    build: ([a, slope]) => o.pRelu(a, slope),
  },
  'Pow, variable exponent': { inputs: [[2, 3], [3]], draw: positive, build: ([a, e]) => o.pow(a, e) },
  'Pow, squares of numbers of either sign': { inputs: [[9]], build: ([a]) => o.pow(a, a.graph.scalar(2)) },
  'Pow, at zero': {
    inputs: [filled([5], 0)],
    build: ([a]) => o.pow(a, a.graph.constant(tensor('float32', [5], [0, 1, 2, 3, 4]))),
  },
  'Pow, whole exponent': {
    inputs: [[9]],
    draw: awayFromZero,
    build: ([a]) => o.pow(a, a.graph.constant(tensor('int64', [], [3]))),
  },
  Reciprocal: { inputs: [[9]], draw: awayFromZero, h: 0.002, build: ([a]) => o.reciprocal(a) },
  Selu: { inputs: [[20]], draw: betweenKinks, build: ([a]) => o.selu(a, 1.67, 1.05) },
  Sigmoid: { inputs: [[9]], build: ([a]) => o.sigmoid(a) },
  Softplus: { inputs: [[9]], build: ([a]) => o.softplus(a) },
  Softsign: { inputs: [[9]], draw: awayFromZero, build: ([a]) => o.softsign(a) },
  'Sum, broadcast': { inputs: [[2, 3], [3], [2, 1]], build: ([a, b, c]) => o.sum([a, b, c, a]) },
  Attention: {
    inputs: [
      [2, 2, 3, 4],
      [2, 2, 5, 4],
      [2, 2, 5, 6],
    ],
    build: ([q, k, v]) => o.attention(q, k, v),
  },
  'Attention, masked and scaled': {
    inputs: [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ],
    build: ([q, k, v]) => {
      const mask = q.graph.constant(tensor('float32', [3, 3], [0, -1, -9, 0.5, 0, -1, 0, 1, 0]));
      return o.attention(q, k, v, { scale: 0.7, mask });
    },
  },
  Swish: { inputs: [[20]], build: ([a]) => o.swish(a, 1.7) },
  Tanh: { inputs: [[5]], build: ([a]) => o.tanh(a) },
  ThresholdedRelu: { inputs: [[20]], draw: betweenKinks, build: ([a]) => o.thresholdedRelu(a, 0.6) },
  Softmax: { inputs: [[3, 5]], build: ([a]) => o.softmax(a, 1) },
  LogSoftmax: { inputs: [[3, 5]], build: ([a]) => o.logSoftmax(a, -1) },
  ReduceSum: { inputs: [[2, 3, 4]], build: ([a]) => o.reduceSum(a, [0, 2]) },
  ReduceMean: { inputs: [[2, 3, 4]], build: ([a]) => o.reduceMean(a, [1], true) },
  Expand: { inputs: [[3, 1]], build: ([a]) => o.expand(a, [2, 3, 4]) },
  Reshape: { inputs: [[2, 3, 4]], build: ([a]) => o.reshape(a, [0, -1]) },
  Transpose: { inputs: [[2, 3, 4]], build: ([a]) => o.transpose(a, [2, 0, 1]) },
  Concat: {
    inputs: [
      [2, 3, 2],
      [2, 1, 2],
    ],
    build: ([a, b]) => o.concat([a, b, a], 1),
  },
  Slice: { inputs: [[2, 5]], build: ([a]) => o.slice(a, 1, 1, 4) },
  'DepthToSpace, pixel shuffle': { inputs: [[2, 8, 2, 3]], build: ([a]) => o.depthToSpace(a, 2, 'CRD') },
  DepthToSpace: { inputs: [[1, 8, 2, 3]], build: ([a]) => o.depthToSpace(a, 2) },
  SpaceToDepth: { inputs: [[1, 2, 4, 6]], build: ([a]) => o.spaceToDepth(a, 2) },
  'Slice, reversed': { inputs: [[2, 5]], build: ([a]) => o.reverse(a, 1) },
  'Slice, along several axes': {
    inputs: [[5, 4, 6]],
    build: ([a]) => o.sliceAxes(a, [2, 0], [1, -4], [100, -1], [1, 1]),
  },
  'Slice, every second element': {
    inputs: [[3, 7]],
    build: ([a]) => o.concat([o.sliceAxes(a, [1], [0], [7], [2]), o.sliceAxes(a, [-1], [1], [5], [3])], 1),
  },
  'Slice, backwards': {
    inputs: [[3, 7]],
    build: ([a]) => o.sliceAxes(a, [1, 0], [5, -1], [0, -100], [-2, -1]),
  },
  Pad: { inputs: [[2, 3]], build: ([a]) => o.pad(a, [0, 1], [2, 0]) },
  'Pad, with another constant': {
    inputs: [[2, 3]],
    build: ([a]) => o.mul(o.pad(a, [1, 0], [0, 1], 2), a.graph.scalar(3)),
  },
  'Pad, negative': { inputs: [[4, 3]], build: ([a]) => o.pad(a, [-1, 2], [1, -1]) },
  Where: {
    inputs: [[8], [8]],
    build: ([a, b]) =>
      o.where(
        o.less(
          a.graph.constant(tensor('int64', [8], [3, 1, 2, 3, 1, 2, 3, 1])),
          a.graph.constant(tensor('int64', [], [2])),
        ),
        a,
        b,
      ),
  },
  'MatMul, batched': {
    inputs: [
      [3, 2, 4],
      [3, 4, 5],
    ],
    build: ([a, b]) => o.matMul(a, b),
  },
  'MatMul, one matrix for all': {
    inputs: [
      [3, 2, 4],
      [4, 5],
    ],
    build: ([a, b]) => o.matMul(a, b),
  },
  Gemm: {
    inputs: [
      [3, 4],
      [4, 5],
    ],
    build: ([a, b]) => o.gemm(a, b),
  },
  'Gemm, both transposed, scaled, a row for all': {
    inputs: [[4, 3], [5, 4], [5]],
    build: ([a, b, c]) => o.gemm(a, b, { alpha: 0.5, beta: -2, transA: 1, transB: 1, c }),
  },
  'Gemm, one transposed, a column for all': {
    inputs: [
      [3, 4],
      [5, 4],
      [3, 1],
    ],
    build: ([a, b, c]) => o.gemm(a, b, { transB: 1, c }),
  },
  'Gemm, the other transposed': {
    inputs: [
      [4, 3],
      [4, 5],
    ],
    build: ([a, b]) => o.gemm(a, b, { transA: 1 }),
  },
  'MatMul, a row': { inputs: [[4], [3, 4, 5]], build: ([a, b]) => o.matMul(a, b) },
  'MatMul, a column': { inputs: [[2, 3, 4], [4]], build: ([a, b]) => o.matMul(a, b) },
  'MatMul, two vectors': { inputs: [[4], [4]], build: ([a, b]) => o.matMul(a, b) },
  Einsum: {
    inputs: [
      [2, 3, 4],
      [5, 4, 2],
    ],
    build: ([a, b]) => o.einsum('bik,jkb->bji', [a, b]),
  },
  'Einsum, one operand': { inputs: [[3, 4, 2]], build: ([a]) => o.einsum('ijk->ki', [a]) },
  'Einsum, an index of one operand alone': {
    inputs: [
      [3, 4],
      [4, 2],
    ],
    build: ([a, b]) => o.einsum('ij, kl -> k', [a, b]),
  },
  Flatten: { inputs: [[2, 3, 4]], build: ([a]) => o.mul(o.flatten(a, -1), o.flatten(a, 2)) },
  Squeeze: { inputs: [[2, 1, 3, 1]], build: ([a]) => o.squeeze(a, [-1, 1]) },
  'Squeeze, all': { inputs: [[2, 1, 3, 1]], build: ([a]) => a.graph.add(operators.Squeeze, [a], {})[0] },
  Unsqueeze: { inputs: [[2, 3]], build: ([a]) => o.unsqueeze(a, [0, -2]) },
  Split: {
    inputs: [[2, 6]],
    build: ([a]) => {
      const [first, , last] = o.split(a, 1, [1, 2, 3]);
      return o.mul(last, first);
    },
  },
  'Split, in equal parts': {
    inputs: [[5, 2]],
    build: ([a]) => {
      const [, second, last] = a.graph.add(operators.Split, [a], { axis: 0, num_outputs: 3 });
      return o.mul(second, last);
    },
  },
  'Gather, one': { inputs: [[2, 5, 3]], build: ([a]) => o.gather(a, 1, tensor('int64', [], [-2])) },
  'Gather, neighbours': { inputs: [[4, 5]], build: ([a]) => o.gather(a, 0, tensor('int64', [1, 2], [1, 2])) },
  'Gather, in another order': {
    inputs: [[2, 4]],
    build: ([a]) => o.gather(a, 1, tensor('int64', [4], [2, 0, 3, 1])),
  },
  'Gather, some': { inputs: [[2, 5]], build: ([a]) => o.gather(a, 1, tensor('int64', [3], [4, 0, 2])) },
  'Gather, some twice': {
    inputs: [[2, 3, 2]],
    build: ([a]) => o.gather(a, 1, tensor('int64', [2, 2], [2, 0, -1, 2])),
  },
  Tile: { inputs: [[2, 3]], build: ([a]) => o.tile(a, [3, 2]) },
  GlobalAveragePool: { inputs: [[2, 3, 4, 5]], build: ([a]) => o.globalAveragePool(a) },
  GlobalMaxPool: { inputs: [[2, 3, 4, 5]], build: ([a]) => o.globalMaxPool(a) },
  'GlobalMaxPool, tied maxima': {
    inputs: [[1, 2, 2, 2]],
    build: ([a]) => o.globalMaxPool(o.upsampleNearest(a, 2)),
  },
  'ReduceSum, all axes': {
    inputs: [[2, 3]],
    build: ([a]) => a.graph.add(operators.ReduceSum, [a], { keepdims: 1 })[0],
  },
  'ReduceMean, all axes, an end named from behind': {
    inputs: [[2, 3]],
    build: ([a]) => {
      const [all] = a.graph.add(operators.ReduceMean, [a], { keepdims: 0 });
      return o.mul(all, a.graph.add(operators.ReduceMean, [a, a.graph.integers([-1])], { keepdims: 1 })[0]);
    },
  },
  'ReduceSum, no axes': {
    inputs: [[2, 3]],
    build: ([a]) => a.graph.add(operators.ReduceSum, [a], { keepdims: 1, noop_with_empty_axes: 1 })[0],
  },
  ReduceMax: { inputs: [[3, 4, 5]], h: 0.001, build: ([a]) => o.reduceMax(a, [0, 2]) },
  'ReduceMax, tied': {
    inputs: [[1, 1, 2, 3]],
    build: ([a]) => o.reduceMax(o.upsampleNearest(a, 2), [2], true),
  },
  ReduceMin: { inputs: [[3, 4, 5]], h: 0.001, build: ([a]) => o.reduceMin(a, [-1], true) },
  ReduceL1: { inputs: [[3, 4, 5]], draw: awayFromZero, build: ([a]) => o.reduceL1(a, [1]) },
  ReduceL2: { inputs: [[3, 4, 5]], build: ([a]) => o.reduceL2(a, [1]) },
  ReduceSumSquare: { inputs: [[3, 4, 5]], build: ([a]) => o.reduceSumSquare(a, [1, 2]) },
  ReduceLogSumExp: { inputs: [[3, 4, 5]], build: ([a]) => o.reduceLogSumExp(a, [2], true) },
  BatchNormalization: {
    inputs: [[2, 3, 4, 4], [3], [3], [3], [3]],
    draw: positive,
    h: 0.005,
    build: ([x, scale, bias, mean, variance]) =>
      o.batchNormalization(x, { scale, bias, mean, variance, epsilon: 1e-3 }),
  },
  'BatchNormalization of vectors': {
    inputs: [[4, 3], [3], [3], [3], [3]],
    draw: positive,
    h: 0.005,
    build: ([x, scale, bias, mean, variance]) =>
      o.batchNormalization(x, { scale, bias, mean, variance, epsilon: 1e-3 }),
  },
  'BatchNormalization of volumes': {
    inputs: [[2, 3, 2, 2, 3], [3], [3], [3], [3]],
    draw: positive,
    h: 0.005,
    build: ([x, scale, bias, mean, variance]) =>
      o.batchNormalization(x, { scale, bias, mean, variance, epsilon: 1e-3 }),
  },
  'GroupNormalization, by channel': {
    inputs: [[2, 6, 3, 2], [6], [6]],
    build: ([x, scale, bias]) => o.groupNormalization(x, { scale, bias, groups: 3, epsilon: 1e-3 }),
  },
  'GroupNormalization, by group': {
    inputs: [[2, 6, 5], [3], [3]],
    build: ([x, scale, bias]) => o.groupNormalization(x, { scale, bias, groups: 3, epsilon: 1e-3 }),
  },
  'GroupNormalization, one channel a group': {
    inputs: [[2, 3, 5], [3], [3]],
    build: ([x, scale, bias]) => o.groupNormalization(x, { scale, bias, groups: 3, epsilon: 1e-3 }),
  },
  'InstanceNormalization of images': {
    inputs: [[2, 3, 3, 4], [3], [3]],
    build: ([x, scale, bias]) => o.instanceNormalization(x, { scale, bias, epsilon: 1e-3 }),
  },
  'InstanceNormalization of sequences': {
    inputs: [[2, 3, 7], [3], [3]],
    build: ([x, scale, bias]) => o.instanceNormalization(x, { scale, bias, epsilon: 1e-3 }),
  },
  'LayerNormalization, last axis': {
    inputs: [[2, 3, 6], [6], [6]],
    build: ([x, scale, bias]) => o.layerNormalization(x, { scale, bias, axis: -1, epsilon: 1e-3 }),
  },
  'LayerNormalization, two axes, no bias': {
    inputs: [
      [2, 3, 4],
      [3, 1],
    ],
    build: ([x, scale]) => o.layerNormalization(x, { scale, axis: 1, epsilon: 1e-3 }),
  },
  'LpNormalization, p = 1': {
    inputs: [[3, 5, 2]],
    draw: awayFromZero,
    build: ([x]) => o.lpNormalization(x, 1, 1),
  },
  'LpNormalization, p = 2': { inputs: [[3, 5, 2]], build: ([x]) => o.lpNormalization(x, -2, 2) },
  'RMSNormalization, last axis': {
    inputs: [[2, 3, 6], [6]],
    build: ([x, scale]) => o.rmsNormalization(x, { scale, axis: -1, epsilon: 1e-3 }),
  },
  'RMSNormalization, two axes': {
    inputs: [[2, 3, 4], [4]],
    build: ([x, scale]) => o.rmsNormalization(x, { scale, axis: 1, epsilon: 1e-3 }),
  },
  'Conv 3x3, fewer outputs': {
    inputs: [
      [2, 5, 6, 7],
      [3, 5, 3, 3],
    ],
    build: ([x, w]) => o.conv(x, w, { pads: [1, 1, 1, 1] }),
  },
  'Conv 3x3, fewer inputs': {
    inputs: [
      [2, 2, 6, 7],
      [4, 2, 3, 3],
    ],
    build: ([x, w]) => o.conv(x, w, { pads: [1, 1, 1, 1] }),
  },
  'Conv 1x1': {
    inputs: [
      [2, 4, 3, 5],
      [3, 4, 1, 1],
    ],
    build: ([x, w]) => o.conv(x, w),
  },
  'Conv 5x3, no padding': {
    inputs: [
      [1, 2, 8, 8],
      [3, 2, 5, 3],
    ],
    build: ([x, w]) => o.conv(x, w),
  },
  'Conv 3x3, padded on one side': {
    inputs: [
      [1, 3, 5, 5],
      [2, 3, 3, 3],
    ],
    build: ([x, w]) => o.conv(x, w, { pads: [0, 0, 2, 2] }),
  },
  'Conv 3x3, stride 2': {
    inputs: [
      [2, 3, 8, 6],
      [4, 3, 3, 3],
    ],
    build: ([x, w]) => o.conv(x, w, { strides: [2, 2], pads: [1, 1, 1, 1] }),
  },
  'Conv 3x3, groups': {
    inputs: [
      [2, 4, 5, 6],
      [6, 2, 3, 3],
    ],
    build: ([x, w]) => o.conv(x, w, { pads: [1, 1, 1, 1], group: 2 }),
  },
  'Conv 3x3, a group a channel, stride 2': {
    inputs: [
      [1, 3, 6, 7],
      [3, 1, 3, 3],
    ],
    build: ([x, w]) => o.conv(x, w, { strides: [2, 2], pads: [0, 1, 1, 2], group: 3 }),
  },
  'Conv 3x2, dilated': {
    inputs: [
      [1, 2, 7, 8],
      [3, 2, 3, 2],
    ],
    build: ([x, w]) => o.conv(x, w, { pads: [2, 0, 2, 1], dilations: [2, 3] }),
  },
  'Conv 3x3, dilated, groups, stride 2': {
    inputs: [
      [2, 4, 8, 9],
      [4, 2, 3, 3],
    ],
    build: ([x, w]) => o.conv(x, w, { strides: [2, 3], pads: [2, 1, 1, 2], group: 2, dilations: [2, 2] }),
  },
  'Conv 1x1, groups, padded': {
    inputs: [[1, 4, 3, 3], [4, 2, 1, 1], [4]],
    build: ([x, w, bias]) => o.conv(x, w, { pads: [1, 0, 0, 1], group: 2, bias }),
  },
  'Conv, of a row': {
    inputs: [[2, 4, 9], [6, 2, 3], [6]],
    build: ([x, w, bias]) => o.conv(x, w, { strides: [2], pads: [1, 2], group: 2, dilations: [2], bias }),
  },
  'ConvTranspose 3x3, stride 2': {
    inputs: [
      [2, 3, 4, 3],
      [3, 5, 3, 3],
    ],
    build: ([x, w]) => o.convTranspose(x, w, { strides: [2, 2], pads: [0, 0, 1, 1] }),
  },
  'ConvTranspose 3x3': {
    inputs: [
      [1, 3, 4, 4],
      [3, 2, 3, 3],
    ],
    build: ([x, w]) => o.convTranspose(x, w, { pads: [1, 1, 1, 1] }),
  },
  'ConvTranspose 3x3, groups, dilated': {
    inputs: [
      [1, 4, 4, 4],
      [4, 3, 3, 3],
    ],
    build: ([x, w]) =>
      o.convTranspose(x, w, {
        strides: [2, 2],
        pads: [1, 0, 2, 1],
        outputPadding: [1, 0],
        group: 2,
        dilations: [1, 2],
      }),
  },
  MaxPool: {
    inputs: [[2, 3, 4, 6]],
    draw: (r) => r.integer(1000) / 10,
    h: 0.02,
    build: ([x]) => o.maxPool(x, 2),
  },
  // Changing a source pixel changes its whole tied tile: the tile's gradients must add up to one.
  'MaxPool, tied maxima': { inputs: [[1, 2, 3, 3]], build: ([x]) => o.maxPool(o.upsampleNearest(x, 2), 2) },
  'MaxPool, two of four tied': {
    inputs: [[1, 2, 3, 3]],
    draw: positive,
    build: ([x]) => o.maxPool(o.mul(o.upsampleNearest(x, 2), x.graph.constant(stripes)), 2),
  },
  'MaxPool 3x3, stride 2': maxPoolCheck({ kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  'MaxPool 3x3, beyond the end': maxPoolCheck({ kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  'MaxPool 3x2, dilated': maxPoolCheck({
    kernel_shape: [3, 2],
    strides: [1, 2],
    pads: [0, 1, 1, 0],
    dilations: [2, 3],
  }),
  'MaxPool, tiles that leave a rest': maxPoolCheck({ kernel_shape: [2, 2], strides: [2, 2] }),
  // Rows tied in pairs: changing one source changes both, whichever of them gets the gradient.
  'MaxPool 3x3, tied maxima': {
    ...maxPoolCheck({}),
    inputs: [[1, 2, 3, 3]],
    build: ([x]) =>
      x.graph.add(operators.MaxPool, [o.upsampleNearest(x, 2)], { kernel_shape: [3, 3], strides: [1, 1] })[0],
  },
  AveragePool: { inputs: [[2, 3, 4, 6]], build: ([x]) => o.averagePool(x, 2) },
  'AveragePool 3x3, padded': averagePoolCheck({
    kernel_shape: [3, 3],
    strides: [1, 1],
    pads: [1, 1, 1, 1],
  }),
  'AveragePool 3x2, padding counted': averagePoolCheck({
    kernel_shape: [3, 2],
    strides: [2, 1],
    pads: [1, 0, 1, 1],
    count_include_pad: 1,
  }),
  'AveragePool 3x3, beyond the end': averagePoolCheck({
    kernel_shape: [3, 3],
    strides: [2, 2],
    ceil_mode: 1,
  }),
  'AveragePool 2x2, tiles that leave a rest': averagePoolCheck({ kernel_shape: [2, 2], strides: [2, 2] }),
  'AveragePool 3x3, padding counted, beyond the end': averagePoolCheck({
    kernel_shape: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    ceil_mode: 1,
    count_include_pad: 1,
  }),
  'Resize, linear, to sizes': resizeCheck([1, 3, 7, 5], {
    mode: 'linear',
    coordinate_transformation_mode: 'half_pixel',
    nearest_mode: 'floor',
  }),
  'Resize, linear, corners kept': resizeCheck([1, 3, 9, 2], {
    mode: 'linear',
    coordinate_transformation_mode: 'align_corners',
    nearest_mode: 'floor',
  }),
  'Resize, linear, one row left': resizeCheck([1, 3, 1, 8], {
    mode: 'linear',
    coordinate_transformation_mode: 'pytorch_half_pixel',
    nearest_mode: 'floor',
  }),
  'Resize, nearest, to sizes': resizeCheck([1, 3, 7, 5], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  }),
  'Resize, nearest, by the middle': resizeCheck([1, 3, 2, 10], {
    mode: 'nearest',
    coordinate_transformation_mode: 'half_pixel',
    nearest_mode: 'round_prefer_floor',
  }),
  'Resize, nearest, by other scales': {
    inputs: [[1, 2, 4, 6]],
    build: ([x]) => {
      const scales = x.graph.constant(tensor('float32', [4], [1, 1, 1.7, 0.5]));
      const attributes = {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'ceil',
      };
      return x.graph.add(operators.Resize, [x, undefined, scales], attributes)[0];
    },
  },
  Resize: { inputs: [[2, 3, 4, 2]], build: ([x]) => o.upsampleNearest(x, 2) },
};

test('the norm of zeros has a gradient of zeros', async () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [2, 2]);
  const [dx] = gradients(o.reduceSum(o.reduceL2(x, [1]), [0]), [x]);
  graph.output(o.identity(dx, 'dx'));
  const session = await createSession(encodeOnnx(graph));
  const result = await session.run({ x: tensor('float32', [2, 2], [0, 0, 3, 4]) });
  await session.release();
  expect([...result.dx.data].map((value) => Math.round(Number(value) * 1e6) / 1e6)).toEqual([0, 0, 0.6, 0.8]);
});

describe('gradients agree with central differences', () => {
  test.each(Object.entries(checks))('%s', (_name, check) => checkGradient(check));

  test('checks every operator that has a gradient rule', () => {
    const checked = new Set(Object.keys(checks).map((name) => name.split(/[ ,]/)[0]));
    const differentiable = Object.values(operators).filter(({ gradient }) => gradient !== 'none');
    const missing = differentiable.map(({ type }) => type).filter((type) => !checked.has(type));
    expect(missing, 'operators that need a row in `checks`').toEqual([]);
  });
});

test('the table has the operator of every file, under its name in ONNX', async () => {
  const isOperator = (value: unknown): value is Operator =>
    typeof value === 'object' && value !== null && 'infer' in value;
  const files = readdirSync(import.meta.dirname).filter((name) => !/(^index|\.test)\.ts$/.test(name));
  const modules: object[] = await Promise.all(files.map((name) => import(join(import.meta.dirname, name))));
  const written = new Set(modules.flatMap((all) => Object.values(all)).filter(isOperator));
  const names = [...written].map(({ type }) => type).sort();
  expect(names, 'each operator has a line in operators.ts').toEqual(Object.keys(operators).sort());
  expect(Object.entries(operators).filter(([name, { type }]) => name !== type)).toEqual([]);
});
