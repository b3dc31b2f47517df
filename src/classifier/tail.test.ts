import { expect, test } from 'vitest';
import {
  bias,
  classifierOf,
  type Head,
  pictureOf,
  plainHead,
  runOnce,
  weights,
} from '../../test/helpers/foreign-classifiers.ts';
import { drawn, graphOf, halfProto, node, onnxType } from '../../test/helpers/foreign-onnx.ts';
import { toImage } from '../data/picture/unit-range.ts';
import { gradientName, logitsName, mapsName } from '../models/network.ts';
import { createSession } from '../runtime/node.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { importClassifier } from './import-classifier.ts';
import { importedNetwork } from './imported-classifier.ts';
import { namedPreprocessing } from './preprocessing.ts';

const integers = (...values: number[]): Tensor => tensor('int64', [values.length], values);
const known = { w: weights, b: bias };
const gemm = node('Gemm', ['f', 'w', 'b'], ['logits'], { transB: 1 });
const preprocessing = namedPreprocessing['0-1'];

const step = tensor('float32', [], [2 ** -4]);
const zero = tensor('uint8', [], [0]);

/**
 * Each of these computes the means of `a` times the weights: the gradient is weight / 16 at every position.
 */
const heads: Readonly<Record<string, Head>> = {
  plain: plainHead,
  'shapes computed from the picture': {
    nodes: [
      node('Shape', ['a'], ['shape']),
      node('Gather', ['shape', 'zero'], ['n']),
      node('Unsqueeze', ['n', 'first'], ['n1']),
      node('Concat', ['n1', 'rest'], ['to'], { axis: 0 }),
      node('Reshape', ['a', 'to'], ['r']),
      node('ReduceMean', ['r', 'last'], ['f'], { keepdims: 0 }),
      gemm,
    ],
    initializers: {
      ...known,
      zero: tensor('int64', [], [0]),
      first: integers(0),
      rest: integers(5, -1),
      last: integers(2),
    },
  },
  'weights of 16 bits': {
    nodes: [
      node('Cast', ['a'], ['h'], { to: onnxType.float16 }),
      node('GlobalAveragePool', ['h'], ['p']),
      node('Flatten', ['p'], ['f']),
      node('Gemm', ['f', 'half', 'half_b'], ['l'], { transB: 1 }),
      node('Cast', ['l'], ['logits'], { to: onnxType.float32 }),
    ],
    protos: [
      halfProto('half', [3, 5], Array.from(weights.data)),
      halfProto('half_b', [3], Array.from(bias.data)),
    ],
  },
  'logits of 16 bits': {
    nodes: [
      node('Cast', ['a'], ['h'], { to: onnxType.float16 }),
      node('GlobalAveragePool', ['h'], ['p']),
      node('Flatten', ['p'], ['f']),
      node('Gemm', ['f', 'half'], ['logits'], { transB: 1 }),
    ],
    protos: [halfProto('half', [3, 5], Array.from(weights.data))],
  },
  float64: {
    nodes: [
      node('Cast', ['a'], ['d'], { to: onnxType.float64 }),
      node('Cast', ['w'], ['wd'], { to: onnxType.float64 }),
      node('ReduceMean', ['d', 'axes'], ['f'], { keepdims: 0 }),
      node('Gemm', ['f', 'wd'], ['l'], { transB: 1 }),
      node('Cast', ['l'], ['logits'], { to: onnxType.float32 }),
    ],
    initializers: { ...known, axes: integers(2, 3) },
  },
  'weights made when it runs': {
    nodes: [
      node('Mul', ['w', 'two'], ['w2']),
      node('Div', ['w2', 'two'], ['w3']),
      node('GlobalAveragePool', ['a'], ['p']),
      node('Flatten', ['p'], ['f']),
      node('Gemm', ['f', 'w3', 'b'], ['logits'], { transB: 1 }),
    ],
    initializers: { ...known, two: tensor('float32', [], [2]) },
  },
  'quantised between': {
    nodes: [
      node('GlobalAveragePool', ['a'], ['p']),
      node('QuantizeLinear', ['p', 'step', 'zero'], ['q']),
      node('Flatten', ['q'], ['qf']),
      node('DequantizeLinear', ['qf', 'step', 'zero'], ['f']),
      gemm,
    ],
    initializers: { ...known, step, zero },
  },
  'quantised weights': {
    nodes: [
      node('DequantizeLinear', ['levels', 'fine', 'middle'], ['wq']),
      node('GlobalAveragePool', ['a'], ['p']),
      node('Flatten', ['p'], ['f']),
      node('Gemm', ['f', 'wq', 'b'], ['logits'], { transB: 1 }),
    ],
    initializers: {
      b: bias,
      levels: tensor(
        'uint8',
        [3, 5],
        Uint8Array.from(weights.data, (value) => 64 * value + 100),
      ),
      fine: tensor('float32', [], [1 / 64]),
      middle: tensor('uint8', [], [100]),
    },
  },
  'a mask by comparison, and one made a number': {
    nodes: [
      node('GreaterOrEqual', ['a', 'low'], ['all']),
      node('Where', ['all', 'a', 'low'], ['kept']),
      node('Cast', ['all'], ['one'], { to: onnxType.float32 }),
      node('Mul', ['kept', 'one'], ['again']),
      node('GlobalAveragePool', ['again'], ['p']),
      node('Flatten', ['p'], ['f']),
      gemm,
    ],
    initializers: { ...known, low: tensor('float32', [], [-1e9]) },
  },
  'an operator that nobody knows, of indices': {
    nodes: [
      node('NonZero', ['a'], ['places']),
      node('Cast', ['places'], ['floats'], { to: onnxType.float32 }),
      node('ReduceMin', ['floats'], ['least'], { keepdims: 0 }),
      node('Mul', ['least', 'zero'], ['nothing']),
      node('GlobalAveragePool', ['a'], ['p']),
      node('Flatten', ['p'], ['f0']),
      node('Add', ['f0', 'nothing'], ['f']),
      gemm,
    ],
    initializers: { ...known, zero: tensor('float32', [], [0]) },
  },
  'a result that nobody reads': {
    nodes: [
      node('Dropout', ['a'], ['d', 'mask']),
      node('GlobalAveragePool', ['d'], ['p']),
      node('Flatten', ['p'], ['f']),
      gemm,
    ],
    initializers: known,
  },
};

async function read(
  head: Head,
  layers: readonly string[],
  classIndex: number,
): Promise<Record<string, Tensor>> {
  const { classifier } = await importClassifier(classifierOf(head), createSession, {
    preprocessing,
    classes: ['a', 'b', 'c'],
  });
  const network = importedNetwork(classifier, createSession);
  const file = await network.gradientModel(layers, [16, 16], 'cpu');
  return runOnce(file, { image: toImage(pictureOf(1)), class_index: integers(classIndex) });
}

test.each(Object.keys(heads))('%s: the gradient of a logit is its weights', async (name) => {
  const head = heads[name];
  const original = await importClassifier(classifierOf(plainHead), createSession, { preprocessing });
  const maps = await importedNetwork(original.classifier, createSession).activationModel(['a'], 'cpu');
  const wanted = await runOnce(maps, { image: toImage(pictureOf(1)) });
  const found = await read(head, ['a'], 2);
  const gradient = found[gradientName('a')];
  expect(gradient.shape).toEqual([1, 5, 4, 4]);
  Array.from(gradient.data, Number).forEach((value, i) => {
    expect(value).toBeCloseTo(weights.data[10 + Math.floor(i / 16)] / 16, 6);
  });
  expect(found[mapsName('a')]).toEqual(wanted[mapsName('a')]);
  const hasBias = !['logits of 16 bits', 'float64'].includes(name);
  Array.from(wanted[logitsName].data, Number).forEach((value, m) => {
    // Numbers of 11 bits; the means are in steps of 1/16, so each is off by at most half a step, times 5
    // weights of at most 1.
    const digits = /16/.test(name) ? 1 : name === 'quantised between' ? 0 : 4;
    expect(Number(found[logitsName].data[m]) + (hasBias ? 0 : bias.data[m])).toBeCloseTo(value, digits);
  });
});

test('gives the gradient of an earlier layer through another chosen layer', async () => {
  const found = await read(plainHead, ['a', 'r1'], 1);
  const { classifier } = await importClassifier(classifierOf(plainHead), createSession, { preprocessing });
  const file = await importedNetwork(classifier, createSession).activationModel(['r1'], 'cpu');
  const picture = toImage(pictureOf(1));
  // By differences: the picture a little darker, and brighter.
  const [low, high] = await Promise.all(
    [-1e-3, 1e-3].map((change) => {
      const data = picture.data.map((value) => value + change);
      return runOnce(file, { image: tensor('float32', picture.shape, data) });
    }),
  );
  const change = Number(high[logitsName].data[1]) - Number(low[logitsName].data[1]);
  expect(Math.abs(change)).toBeGreaterThan(1e-3);
  const maps = mapsName('r1');
  const wanted = Array.from(found[gradientName('r1')].data, Number).reduce(
    (sum, slope, i) => sum + slope * (Number(high[maps].data[i]) - Number(low[maps].data[i])),
    0,
  );
  expect(wanted / change).toBeCloseTo(1, 2);
});

test.each<[string, Head, string]>([
  [
    'an operator without a gradient',
    {
      nodes: [
        node('LRN', ['a'], ['n'], { size: 3 }),
        node('GlobalMaxPool', ['n'], ['p']),
        node('Flatten', ['p'], ['f']),
        gemm,
      ],
      initializers: known,
    },
    "the operator LRN ('n') lies between the layer and the logits, and has no gradient here; --layer names a later one",
  ],
  [
    'a graph inside a node that reads the layer',
    {
      nodes: [
        node('If', ['yes'], ['n'], {
          then_branch: graphOf({ nodes: [node('Neg', ['a'], ['t'])], outputs: ['t'] }),
          else_branch: graphOf({ nodes: [node('Abs', ['a'], ['e'])], outputs: ['e'] }),
        }),
        node('GlobalMaxPool', ['n'], ['p']),
        node('Flatten', ['p'], ['f']),
        gemm,
      ],
      initializers: { ...known, yes: tensor('bool', [], [1]) },
    },
    "the operator If ('n') lies between the layer and the logits, and has no gradient here; --layer names a later one",
  ],
])('rejects %s', async (_, head, reason) => {
  await expect(read(head, ['a'], 0)).rejects.toThrow(reason);
});

test('rejects a layer that the logits do not depend on', async () => {
  const head = { ...plainHead, nodes: [node('Neg', ['a'], ['other']), ...plainHead.nodes] };
  await expect(read(head, ['other'], 0)).rejects.toThrow("internal: the classifier has no layer 'other'");
});

test('accepts anything before the layer: a graph inside a node, an unknown operator', async () => {
  const head: Head = {
    nodes: [
      node('LRN', ['a'], ['n'], { size: 3 }),
      node('If', ['yes'], ['chosen'], {
        then_branch: graphOf({ nodes: [node('Add', ['n', 'one'], ['t'])], outputs: ['t'] }),
        else_branch: graphOf({ nodes: [node('Neg', ['n'], ['e'])], outputs: ['e'] }),
      }),
      node('GlobalMaxPool', ['chosen'], ['p']),
      node('Flatten', ['p'], ['f']),
      gemm,
    ],
    initializers: { ...known, yes: tensor('bool', [], [1]), one: tensor('float32', [], [1]) },
  };
  const { classifier } = await importClassifier(classifierOf(head), createSession, { preprocessing });
  expect(classifier.imported).toMatchObject({ head: 'other', layers: { target: 'chosen' } });
});

/** Five tokens, a class token first; attention without weights of its own, twice. */
const attention = (x: string, y: string): Head['nodes'] => [
  node('Transpose', [x], [`${y}/turned`], { perm: [0, 2, 1] }),
  node('MatMul', [x, `${y}/turned`], [`${y}/scores`]),
  node('Softmax', [`${y}/scores`], [`${y}/attention`]),
  node('MatMul', [`${y}/attention`, x], [`${y}/mixed`]),
  node('Add', [x, `${y}/mixed`], [y]),
];

test('for a class token, uses the last sum before the last attention', async () => {
  const head: Head = {
    nodes: [
      node('Reshape', ['a', 'shape'], ['flat']),
      node('Transpose', ['flat'], ['tokens'], { perm: [0, 2, 1] }),
      node('Concat', ['class', 'tokens'], ['all'], { axis: 1 }),
      ...attention('all', 's1'),
      ...attention('s1', 's2'),
      node('Gather', ['s2', 'zero'], ['f'], { axis: 1 }),
      gemm,
    ],
    initializers: {
      ...known,
      shape: integers(0, 0, -1),
      class: drawn([1, 1, 5], 12),
      zero: tensor('int64', [], [0]),
    },
  };
  const { classifier, file } = await importClassifier(classifierOf(head), createSession, { preprocessing });
  expect(classifier.imported).toMatchObject({ head: 'other', sizes: 'fixed', layers: { target: 's1' } });
  const feeds = { image: toImage(pictureOf(1)), class_index: integers(0) };
  const { low_res_cam: map } = await runOnce(file, feeds);
  expect(map.shape).toEqual([1, 4, 4]);
  expect(Array.from(map.data, Number).some((value) => value !== 0)).toBe(true);
  const found = await read(head, ['s2', 's1'], 0);
  expect(Array.from(found[gradientName('s2')].data, Number).every((value) => value === 0)).toBe(true);
  expect(Array.from(found[gradientName('s1')].data, Number).some((value) => value !== 0)).toBe(true);
});

const failed = (head: Head): Promise<string> =>
  importClassifier(classifierOf(head), createSession, { preprocessing, name: 'a.onnx' }).then(
    () => 'imported',
    (error: Error) => error.message,
  );

test('rejects a gradient that is zero everywhere, as of a class token without attention', async () => {
  const head: Head = {
    nodes: [
      node('Reshape', ['a', 'shape'], ['flat']),
      node('Transpose', ['flat'], ['tokens'], { perm: [0, 2, 1] }),
      node('Concat', ['class', 'tokens'], ['all'], { axis: 1 }),
      node('Gather', ['all', 'zero'], ['f'], { axis: 1 }),
      gemm,
    ],
    initializers: {
      ...known,
      shape: integers(0, 0, -1),
      class: drawn([1, 1, 5], 12),
      zero: tensor('int64', [], [0]),
    },
  };
  expect(await failed(head)).toBe(
    'a.onnx: the gradient of its logits is zero everywhere, at every layer with positions: the picture has no effect; are these its trained weights?',
  );
});

test('rejects a classifier without spatial layers', async () => {
  const head: Head = {
    nodes: [node('Flatten', ['pixels'], ['f']), node('MatMul', ['f', 'v'], ['logits'])],
    initializers: { v: drawn([768, 3], 5) },
  };
  expect(await failed(head)).toBe(
    'a.onnx: no value between its image and its logits has positions, so there is nothing to map; a network with convolutions or patches is needed',
  );
});
