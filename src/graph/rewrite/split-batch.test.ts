import { describe, expect, test } from 'vitest';
import { relativeError } from '../../../test/helpers/device-nodes.ts';
import { initializeWeights, type ModelConfig } from '../../models/model.ts';
import { createSession } from '../../runtime/node.ts';
import { random } from '../../tensor/random.ts';
import { sizeOf, type Tensor, tensor } from '../../tensor/tensor.ts';
import { adadelta } from '../../train/optimizers.ts';
import { fullStep, halfStep } from '../../train/step.ts';
import { Graph, type Value } from '../graph.ts';
import { encodeOnnx } from '../onnx/proto.ts';
import type { Operator } from '../operator.ts';
import { builders as o, operators } from '../ops/index.ts';
import { splitBatch } from './split-batch.ts';

const batchSize = 4;
const config: ModelConfig = { type: 'half', classes: ['a', 'b', 'c'], channels: 3, imSize: 64 };

test.each([
  ['half', 2],
  ['half', 4],
  ['full', 2],
] as const)('a %s step in %i parts equals the whole step', async (type, parts) => {
  const model = { ...config, type, weights: initializeWeights({ ...config, type }, random(3)) };
  const step = (type === 'half' ? halfStep : fullStep)(model, { batchSize, optimizer: adadelta() });
  const chance = random(4);
  const feeds = {
    ...step.state.pack(step.initialState),
    image: tensor(
      'uint8',
      [batchSize, 64, 64, 3],
      Uint8Array.from({ length: batchSize * 12288 }, () => chance.integer(256)),
    ),
    label: tensor('int64', [batchSize], [0, 1, 2, 1]),
    learning_rate: tensor('float32', [], [0.1]),
    momentum: tensor('float32', [], [0.9]),
  };
  const split = splitBatch(step.graph, { batchSize, parts, minPixels: 0 });
  expect(split.outputs.map(({ name }) => name)).toEqual(step.graph.outputs.map(({ name }) => name));
  const convolutions = (graph: Graph): number =>
    graph.liveNodes().filter(({ operator }) => operator.type === 'Conv').length;
  expect(convolutions(split)).toBe(parts * convolutions(step.graph));
  const [a, b] = [await run(step.graph, feeds), await run(split, feeds)];
  expect(Number(b.loss.data[0])).toBeCloseTo(Number(a.loss.data[0]), 5);
  // Running means of squared gradients. They are compared with a tolerance: a unit may lie on the other side
  // of a ReLU's kink.
  const [whole, other] = [a, b].map((result) => Array.from(result['adadelta/accumulator/next'].data, Number));
  const squares = (values: number[]): number => values.reduce((sum, value) => sum + value * value, 0);
  expect(Math.sqrt(squares(whole.map((value, i) => value - other[i])) / squares(whole))).toBeLessThan(1e-2);
});

test('the number of parts must divide the batch', () => {
  const weights = initializeWeights(config, random(3));
  const step = halfStep({ ...config, weights }, { batchSize, optimizer: adadelta() });
  expect(() => splitBatch(step.graph, { batchSize, parts: 3, minPixels: 0 })).toThrow(
    'internal: a batch of 4 does not divide into 3 parts',
  );
});

describe('each operator in parts', () => {
  const [x, y] = [4, 5].map((seed) => {
    const chance = random(seed);
    return tensor(
      'float32',
      [batchSize, 3, 4, 4],
      Float32Array.from({ length: batchSize * 48 }, () => chance.uniform(0.5, 2)),
    );
  });

  const kernel = (...shape: number[]) =>
    tensor(
      'float32',
      shape,
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
    );

  /** An operator on two feature maps `[4, 3, 4, 4]`. Its results are floats, so that they can be compared. */
  const cases: Record<string, (x: Value, y: Value) => Value> = {
    Abs: (x) => o.abs(x),
    Add: (x, y) => o.add(x, y),
    'Add, one number for all': (x) => o.add(x.graph.scalar(2), x),
    And: (x, y) => o.cast(o.and(o.less(x, y), o.less(x, x.graph.scalar(1))), 'float32'),
    'Add, one row for all': (x, y) => o.add(x, o.slice(y, 0, 1, 2)),
    AveragePool: (x) => o.averagePool(x, 2),
    BatchNormalization: (x) => {
      const three = x.graph.constant(tensor('float32', [3], [1, 2, 3]));
      return o.batchNormalization(x, { scale: three, bias: three, mean: three, variance: three, epsilon: 1 });
    },
    Cast: (x) => o.cast(o.cast(x, 'int64'), 'float32'),
    Celu: (x) => o.celu(o.neg(x), 1),
    Clip: (x) => o.clip(x, 1, undefined),
    Concat: (x, y) => o.concat([x, y, x], 1),
    Conv: (x) => o.conv(x, x.graph.constant(kernel(4, 3, 3, 3))),
    ConvTranspose: (x) => o.convTranspose(x, x.graph.constant(kernel(3, 4, 3, 3))),
    Div: (x, y) => o.div(x, y),
    Dropout: (x) => o.dropout(x),
    Elu: (x) => o.elu(o.neg(x), 1),
    Equal: (x, y) => o.cast(o.equal(o.cast(x, 'int64'), o.cast(y, 'int64')), 'float32'),
    Erf: (x) => o.erf(x),
    Exp: (x) => o.exp(x),
    GlobalAveragePool: (x) => o.globalAveragePool(x),
    GlobalMaxPool: (x) => o.globalMaxPool(x),
    Greater: (x, y) => o.cast(o.greater(x, y), 'float32'),
    GreaterOrEqual: (x, y) => o.cast(o.greaterOrEqual(x, y), 'float32'),
    Gelu: (x) => o.gelu(x),
    GroupNormalization: (x) => {
      const three = x.graph.constant(tensor('float32', [3], [1, 2, 3]));
      return o.groupNormalization(x, { scale: three, bias: three, groups: 1, epsilon: 1 });
    },
    HardSigmoid: (x) => o.hardSigmoid(x, 0.5, 0),
    HardSwish: (x) => o.hardSwish(x),
    Identity: (x) => o.identity(x),
    InstanceNormalization: (x) => {
      const three = x.graph.constant(tensor('float32', [3], [1, 2, 3]));
      return o.instanceNormalization(x, { scale: three, bias: three, epsilon: 1 });
    },
    LeakyRelu: (x) => o.leakyRelu(o.neg(x), 0.1),
    Less: (x, y) => o.cast(o.less(x, y), 'float32'),
    LessOrEqual: (x, y) => o.cast(o.lessOrEqual(x, y), 'float32'),
    Log: (x) => o.log(x),
    MatMul: (x, y) => o.matMul(x, y),
    'MatMul, one matrix for all': (x) => o.matMul(x.graph.constant(kernel(5, 4)), x),
    Max: (x, y) => o.max([x, y]),
    MaxPool: (x) => o.maxPool(x, 2),
    Mean: (x, y) => o.mean([x, y, x.graph.scalar(2)]),
    Min: (x, y) => o.min([x, y]),
    Mish: (x) => o.mish(x),
    Mul: (x, y) => o.mul(x, y),
    Neg: (x) => o.neg(x),
    Not: (x, y) => o.cast(o.not(o.less(x, y)), 'float32'),
    Or: (x, y) => o.cast(o.or(o.less(x, y), o.less(x, x.graph.scalar(1))), 'float32'),
    Pow: (x, y) => o.pow(x, y),
    PRelu: (x) => o.pRelu(o.neg(x), x.graph.constant(tensor('float32', [3, 1, 1], [1, 2, 3]))),
    Reciprocal: (x) => o.reciprocal(x),
    ReduceMean: (x) => o.reduceMean(x, [2, 3]),
    'ReduceMean, over the batch': (x) => o.reduceMean(x, [0, 2, 3]),
    ReduceSum: (x) => o.reduceSum(x, [1], true),
    'ReduceSum, over the batch': (x) => o.reduceSum(x, [0, 1], true),
    Relu: (x) => o.relu(x),
    Reshape: (x) => o.reshape(x, [4, 3, -1]),
    Resize: (x) => o.upsampleNearest(x, 2),
    Selu: (x) => o.selu(o.neg(x), 1.67, 1.05),
    Sigmoid: (x) => o.sigmoid(x),
    Slice: (x) => o.slice(x, 1, 1, 3),
    Softplus: (x) => o.softplus(x),
    Softsign: (x) => o.softsign(x),
    Sqrt: (x) => o.sqrt(x),
    Sub: (x, y) => o.sub(x, y),
    Sum: (x, y) => o.sum([x, y, x]),
    Swish: (x) => o.swish(x, 1),
    Tanh: (x) => o.tanh(x),
    ThresholdedRelu: (x) => o.thresholdedRelu(x, 1),
    Transpose: (x) => o.transpose(x, [0, 2, 3, 1]),
    Where: (x, y) => o.where(o.less(x, y), x, y),
  };
  const typeOf = (title: string): string => title.split(',')[0];

  test('gives the same as at once', async () => {
    const graph = new Graph();
    const [a, b] = ['a', 'b'].map((name) => graph.input(name, 'float32', x.shape));
    for (const [title, build] of Object.entries(cases)) graph.output(o.identity(build(a, b), title));
    const split = splitBatch(graph, { batchSize, parts: 2, minPixels: 0 });
    const names = split.nodes.map(({ operator, outputs }) => `${operator.type} ${outputs[0].name}`);
    for (const title of Object.keys(cases)) {
      const type = typeOf(title);
      const parts = names.filter((name) => name.startsWith(`${type} `) && name.endsWith('/1'));
      expect(parts.length, `${type} is in parts`).toBeGreaterThan(0);
    }
    const feeds = { a: x, b: y };
    const [whole, parts] = [await run(graph, feeds), await run(split, feeds)];
    for (const title of Object.keys(cases)) {
      expect(parts[title].shape, title).toEqual(whole[title].shape);
      expect(relativeError(whole[title], parts[title]), title).toBeLessThan(1e-6);
    }
  });

  test('has a case here', () => {
    const tried = new Set(Object.keys(cases).map(typeOf));
    const split = Object.values(operators).filter(({ splitBatch }) => splitBatch);
    const missing = split.map(({ type }) => type).filter((type) => !tried.has(type));
    expect(missing, 'operators that need a row in `cases`').toEqual([]);
  });
});

describe('rejects what cannot be split', () => {
  const partsOf = (operator: Operator): number => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [batchSize, 3, 4]);
    graph.output(graph.add(operator, [x], {})[0]);
    const split = splitBatch(graph, { batchSize, parts: 2, minPixels: 0 });
    return split.nodes.filter(({ operator: { type } }) => type === operator.type).length;
  };
  const odd: Operator = { ...operators.Relu, type: 'Odd' };

  test('an operator without a rule for splitting', () => {
    expect(partsOf(odd)).toBe(2);
    expect(partsOf({ ...odd, splitBatch: undefined })).toBe(1);
  });

  test('an operator whose result or split input has no batch', () => {
    const infer = () => [{ dtype: 'float32' as const, shape: [3] }];
    expect(partsOf({ ...odd, infer })).toBe(1);
    expect(partsOf({ ...odd, splitBatch: () => ({ isSplit: [false] }) })).toBe(1);
  });

  test('rejects a rule whose parts do not make up the whole', () => {
    expect(() => partsOf({ ...odd, splitBatch: () => ({ isSplit: [true], joins: 'sum' }) })).toThrow(
      "internal: Odd: a part of 'Odd_0' has shape [4,3,4], got [2,3,4]",
    );
  });
});

test('a part is named after its node, with a number', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [batchSize, 3, 4]);
  graph.output(o.identity(o.reduceSum(o.relu(o.softmax(x, 2)), [0]), 'y'));
  const split = splitBatch(graph, { batchSize, parts: 2, minPixels: 0 });
  expect(split.nodes.map(({ outputs }) => outputs[0].name)).toEqual([
    'Softmax_0',
    'Softmax_0/Slice_0',
    'Softmax_0/Slice_1',
    'Relu_0/0',
    'Relu_0/1',
    'ReduceSum_0/0',
    'ReduceSum_0/1',
    'ReduceSum_0/Add_0',
    'y/Identity_0',
    'y',
  ]);
});

async function run(graph: Graph, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await createSession(encodeOnnx(graph), { purpose: 'training' });
  const results = await session.run(
    Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])),
  );
  await session.release();
  return results;
}
