/**
 * Attributes of nodes that other programs wrote: the defaults are those of ONNX
 * (https://onnx.ai/onnx/operators).
 */
import { expect, test } from 'vitest';
import type { Attributes } from '../operator.ts';
import { type OperatorType, operators } from './index.ts';

const read = (type: OperatorType, given: Attributes): Attributes | undefined =>
  operators[type].read?.(given, []);

const defaults: Partial<Record<OperatorType, Attributes>> = {
  BatchNormalization: { epsilon: 1e-5 },
  Celu: { alpha: 1 },
  Dropout: {},
  Elu: { alpha: 1 },
  Gelu: { approximate: 'none' },
  HardSigmoid: { alpha: 0.2, beta: 0.5 },
  InstanceNormalization: { epsilon: 1e-5 },
  LayerNormalization: { axis: -1, epsilon: 1e-5 },
  LeakyRelu: { alpha: 0.01 },
  LogSoftmax: { axis: -1 },
  LpNormalization: { axis: -1, p: 2 },
  RMSNormalization: { axis: -1, epsilon: 1e-5 },
  Selu: { alpha: Math.fround(1.67326319), gamma: Math.fround(1.05070102) },
  Softmax: { axis: -1 },
  Swish: { alpha: 1 },
  ThresholdedRelu: { alpha: 1 },
};

test.each(Object.entries(defaults))('%s: reads defaults if all attributes are missing', (type, expected) => {
  expect(read(type as OperatorType, {})).toEqual(expected);
});

test('keeps given attributes and fills in defaults', () => {
  expect(read('LayerNormalization', { axis: 1 })).toEqual({ axis: 1, epsilon: 1e-5 });
  expect(read('HardSigmoid', { alpha: 0 })).toEqual({ alpha: 0, beta: 0.5 });
  expect(read('GroupNormalization', { num_groups: 4 })).toEqual({ num_groups: 4, epsilon: 1e-5 });
  expect(read('DepthToSpace', { blocksize: 2 })).toEqual({ blocksize: 2, mode: 'DCR' });
  expect(read('DepthToSpace', { blocksize: 2, mode: 'CRD' })).toEqual({ blocksize: 2, mode: 'CRD' });
  expect(read('Cast', { to: 1 })).toEqual({ to: 1 });
});

test('omits attributes without effect', () => {
  expect(read('BatchNormalization', { momentum: 0.9, training_mode: 0 })).toEqual({ epsilon: 1e-5 });
  expect(read('Cast', { to: 1, saturate: 1, round_mode: 'up' })).toEqual({ to: 1 });
  expect(read('Dropout', { seed: 3 })).toEqual({});
  expect(read('LayerNormalization', { stash_type: 1 })).toEqual({ axis: -1, epsilon: 1e-5 });
});

test.each<[OperatorType, Attributes, string]>([
  ['BatchNormalization', { training_mode: 1 }, 'BatchNormalization: training_mode must be 0 here, got 1'],
  ['Cast', {}, "Cast: attribute 'to' (a number) is needed"],
  ['DepthToSpace', { blocksize: 'two' }, "DepthToSpace: attribute 'blocksize' (a number) is needed"],
  ['Elu', { alpha: 'one' }, 'Elu: alpha must be of the kind of 1, got one'],
  ['Elu', { beta: 1 }, "Elu: attribute 'beta' is not known here"],
  ['GroupNormalization', {}, "GroupNormalization: attribute 'num_groups' (a number) is needed"],
  ['LayerNormalization', { stash_type: 11 }, 'LayerNormalization: stash_type must be 1 here, got 11'],
])('rejects %s %o', (type, given, message) => {
  expect(() => read(type, given)).toThrow(message);
});
