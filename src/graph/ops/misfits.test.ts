/** Inputs and attributes that an operator does not accept are errors that name the rule and the value. */
import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { Graph } from '../graph.ts';
import { builders as o, operators } from './index.ts';

const graph = new Graph();
const vector = graph.input('v', 'float32', [6]);
const images = graph.input('x', 'float32', [2, 6, 4, 4]);
const three = graph.input('g', 'float32', [3]);
const four = graph.input('h', 'float32', [4]);
const flag = graph.input('flag', 'bool', []);
const yes = graph.constant(tensor('bool', [], [1]));

test.each<[string, () => unknown]>([
  [
    'BatchNormalization: the input must have rank 2 or more, got shape [6]',
    () =>
      o.batchNormalization(vector, {
        scale: vector,
        bias: vector,
        mean: vector,
        variance: vector,
        epsilon: 1,
      }),
  ],
  ['Clip: a bound must be a scalar, got [3]', () => graph.add(operators.Clip, [vector, three], {})],
  [
    'DepthToSpace: mode must be DCR or CRD, got X',
    () => graph.add(operators.DepthToSpace, [images], { blocksize: 2, mode: 'X' }),
  ],
  [
    'Dropout: training_mode must be a value stored in the graph',
    () => graph.add(operators.Dropout, [vector, undefined, flag], {}),
  ],
  [
    'Dropout: training_mode must be false here, got true',
    () => graph.add(operators.Dropout, [vector, undefined, yes], {}),
  ],
  [
    'Gelu: approximate must be none or tanh, got X',
    () => graph.add(operators.Gelu, [vector], { approximate: 'X' }),
  ],
  [
    'GroupNormalization: 4 groups do not divide 6 channels',
    () => o.groupNormalization(images, { scale: four, bias: four, groups: 4, epsilon: 1 }),
  ],
  [
    'GroupNormalization: the scale has shape [3], got [4]',
    () => o.groupNormalization(images, { scale: four, bias: four, groups: 3, epsilon: 1 }),
  ],
  [
    'GroupNormalization: the bias has shape [3], got [4]',
    () => o.groupNormalization(images, { scale: three, bias: four, groups: 3, epsilon: 1 }),
  ],
  [
    'InstanceNormalization: the input must have rank 3 or more, got shape [6]',
    () => o.instanceNormalization(vector, { scale: vector, bias: vector, epsilon: 1 }),
  ],
  [
    'LayerNormalization: shapes [2,6,4,4] and [3] do not broadcast',
    () => o.layerNormalization(images, { scale: three, axis: -1, epsilon: 1 }),
  ],
  [
    "RMSNormalization: 'x', [2,6,4,4], does not broadcast to [4]",
    () => o.rmsNormalization(four, { scale: images, axis: -1, epsilon: 1 }),
  ],
  [
    'LpNormalization: p must be 1 or 2, got 3',
    () => graph.add(operators.LpNormalization, [vector], { axis: 0, p: 3 }),
  ],
  ['PRelu: the slopes [2,6,4,4] do not broadcast to [4]', () => o.pRelu(four, images)],
])('%s', (message, build) => {
  expect(build).toThrow(message);
});
