/** Every operator's gradient against central differences. One row an operator; the awkward ones have tests of their own. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkGradient, type GradientCheck } from '../../../test/helpers/check-gradient.ts';
import type { Random } from '../../tensor/random.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { Attributes, Operator } from '../operator.ts';
import { builders as o, operators } from './index.ts';

/** Away from zero, where a kink or a pole would spoil the difference. */
const awayFromZero = (r: Random): number => (r.next() < 0.5 ? -1 : 1) * r.uniform(0.3, 2);
const positive = (r: Random): number => r.uniform(0.5, 2);

/** Columns of 1 and 0.25. */
const stripes = tensor('float32', [1, 1, 1, 6], [1, 0.25, 1, 0.25, 1, 0.25]);

/** Elements far apart, so that no small step changes which one is the largest. */
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
  BatchNormalization: {
    inputs: [[2, 3, 4, 4], [3], [3], [3], [3]],
    draw: positive,
    h: 0.005,
    build: ([x, scale, bias, mean, variance]) =>
      o.batchNormalization(x, { scale, bias, mean, variance, epsilon: 1e-3 }),
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
  // Moving a source pixel moves its whole tied tile: the tile's gradients must add up to one.
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
  // Rows tied in pairs: moving one of the sources moves both, whichever has the gradient.
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
  Resize: { inputs: [[2, 3, 4, 2]], build: ([x]) => o.upsampleNearest(x, 2) },
};

describe('gradients agree with central differences', () => {
  test.each(Object.entries(checks))('%s', (_name, check) => checkGradient(check));

  test('every operator with a gradient rule is checked', () => {
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
