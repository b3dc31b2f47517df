import { expect, test } from 'vitest';
import {
  type Body,
  bias,
  channelsFirst,
  classifierOf,
  type Head,
  pictureOf,
  plainHead,
  runOnce,
  side,
  weights,
} from '../../test/helpers/foreign-classifiers.ts';
import { drawn, halfProto, node, onnxType } from '../../test/helpers/foreign-onnx.ts';
import { toImage } from '../data/picture/unit-range.ts';
import { createSession } from '../runtime/node.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { importClassifier } from './import-classifier.ts';
import { namedPreprocessing } from './preprocessing.ts';

const integers = (...values: number[]): Tensor => tensor('int64', [values.length], values);
const floats = (...values: number[]): Tensor => tensor('float32', [values.length], values);

/** `[5, 3]` */
const turned = tensor('float32', [5, 3]);
for (let k = 0; k < 5; k++) for (let m = 0; m < 3; m++) turned.data[3 * k + m] = weights.data[5 * m + k];

const pooled = [node('GlobalAveragePool', ['a'], ['p']), node('Flatten', ['p'], ['f'])];
const gemm = node('Gemm', ['f', 'w', 'b'], ['logits'], { transB: 1 });
const known = { w: weights, wt: turned, b: bias };
const mean = (axes: number[], keepdims = 0): Head => ({
  nodes: [node('ReduceMean', ['a', 'axes'], ['p'], { keepdims }), node('Flatten', ['p'], ['f']), gemm],
  initializers: { ...known, axes: integers(...axes) },
});
const after = (...nodes: Head['nodes']): Head => ({ nodes: [...pooled, ...nodes], initializers: known });

const plain = bias.data;
const heads: Readonly<
  Record<string, { head: Head; body?: Body; bias?: Float32Array; layer?: string; stored?: string }>
> = {
  'Gemm, transposed': { head: plainHead, stored: 'w' },
  'Gemm, not transposed': { head: after(node('Gemm', ['f', 'wt', 'b'], ['logits'])), stored: 'wt' },
  'Gemm without a bias': {
    head: after(node('Gemm', ['f', 'w'], ['logits'], { transB: 1 })),
    bias: new Float32Array(3),
    stored: 'w',
  },
  'Gemm, alpha and beta': {
    head: after(
      node('Gemm', ['f', 'w', 'b'], ['logits'], { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } }),
    ),
    bias: plain.map((value) => 2 * value),
  },
  'MatMul and Add': {
    head: after(node('MatMul', ['f', 'wt'], ['m']), node('Add', ['b', 'm'], ['logits'])),
    stored: 'wt',
  },
  'MatMul and Sub': {
    head: after(node('MatMul', ['f', 'wt'], ['m']), node('Sub', ['m', 'b'], ['logits'])),
    bias: plain.map((value) => -value),
    stored: 'wt',
  },
  'MatMul of transposed weights': {
    head: after(
      node('Transpose', ['w'], ['turned'], { perm: [1, 0] }),
      node('MatMul', ['f', 'turned'], ['m']),
      node('Add', ['m', 'b'], ['logits']),
    ),
  },
  'MatMul of transposed 16-bit weights': {
    head: {
      nodes: [
        ...pooled,
        node('Cast', ['f'], ['h'], { to: onnxType.float16 }),
        node('Transpose', ['half'], ['turned'], { perm: [1, 0] }),
        node('MatMul', ['h', 'turned'], ['m']),
        node('Cast', ['m'], ['m32'], { to: onnxType.float32 }),
        node('Add', ['m32', 'b'], ['logits']),
      ],
      initializers: { b: bias },
      protos: [halfProto('half', [3, 5], Array.from(weights.data))],
    },
  },
  'Gemm of 16 bits': {
    head: {
      nodes: [
        ...pooled,
        node('Cast', ['f'], ['h'], { to: onnxType.float16 }),
        node('Gemm', ['h', 'half', 'half_b'], ['m'], { transB: 1 }),
        node('Cast', ['m'], ['logits'], { to: onnxType.float32 }),
      ],
      protos: [
        halfProto('half', [3, 5], Array.from(weights.data)),
        halfProto('half_b', [3], Array.from(bias.data)),
      ],
    },
  },
  'weights that a node hands on': {
    head: {
      nodes: [
        ...pooled,
        node('Identity', ['w'], ['same']),
        node('Gemm', ['f', 'same', 'b'], ['logits'], { transB: 1 }),
      ],
      initializers: known,
    },
  },
  'two layers without anything between': {
    head: {
      nodes: [
        ...pooled,
        node('Gemm', ['f', 'v'], ['g']),
        node('Gemm', ['g', 'w', 'b'], ['logits'], { transB: 1 }),
      ],
      initializers: { ...known, v: drawn([5, 5], 9) },
    },
  },
  'scales, after and before': {
    head: {
      nodes: [
        ...pooled,
        node('Mul', ['per', 'f'], ['s']),
        node('Gemm', ['s', 'w'], ['g'], { transB: 1 }),
        node('Div', ['g', 'two'], ['h']),
        node('Add', ['h', 'b'], ['i']),
        node('Mul', ['i', 'two'], ['logits']),
      ],
      initializers: { ...known, per: floats(1, 2, 3, -1, 0.5), two: tensor('float32', [], [2]) },
    },
    bias: plain.map((value) => 2 * value),
  },
  'Conv 1x1 after pooling': {
    head: {
      nodes: [
        node('GlobalAveragePool', ['a'], ['p']),
        node('Conv', ['p', 'k', 'b'], ['c']),
        node('Flatten', ['c'], ['logits']),
      ],
      initializers: { k: tensor('float32', [3, 5, 1, 1], weights.data), b: bias },
    },
    stored: 'k',
  },
  'Conv 1x1 after pooling, its axes left': {
    head: {
      nodes: [node('GlobalAveragePool', ['a'], ['p']), node('Conv', ['p', 'k', 'b'], ['logits'])],
      initializers: { k: tensor('float32', [3, 5, 1, 1], weights.data), b: bias },
    },
    stored: 'k',
  },
  'Conv, then pooling': {
    head: {
      nodes: [
        node('Conv', ['a', 'k', 'b'], ['maps']),
        node('Relu', ['maps'], ['positive']),
        node('GlobalAveragePool', ['positive'], ['p']),
        node('Flatten', ['p'], ['logits']),
      ],
      initializers: { k: drawn([3, 5, 1, 1], 4), b: bias },
    },
    layer: 'positive',
    bias: new Float32Array(3),
  },
  ReduceMean: { head: mean([2, 3]), stored: 'w' },
  'ReduceMean from the end, axes kept': { head: mean([-1, -2], 1), stored: 'w' },
  'ReduceMean, channels last': { head: mean([1, 2]), body: { layout: 'NHWC' }, stored: 'w' },
  'ReduceMean, channels last, axes kept': { head: mean([-2, -3], 1), body: { layout: 'NHWC' }, stored: 'w' },
  'ReduceMean of operator set 11': {
    head: {
      opset: 11,
      nodes: [
        node('ReduceMean', ['a'], ['p'], { axes: [2, 3], keepdims: 0 }),
        { ...gemm, input: ['p', 'w', 'b'] },
      ],
      initializers: known,
    },
    stored: 'w',
  },
  'AveragePool of all': {
    head: {
      nodes: [node('AveragePool', ['a'], ['p'], { kernel_shape: [4, 4] }), pooled[1], gemm],
      initializers: known,
    },
    stored: 'w',
  },
  'AveragePool of all, valid': {
    head: {
      nodes: [
        node('AveragePool', ['a'], ['p'], { kernel_shape: [4, 4], auto_pad: 'VALID' }),
        pooled[1],
        gemm,
      ],
      initializers: known,
    },
    stored: 'w',
  },
  'as tf2onnx squeezes': {
    head: {
      nodes: [
        node('GlobalAveragePool', ['a'], ['p']),
        node('Transpose', ['p'], ['t'], { perm: [0, 2, 3, 1] }),
        node('Squeeze', ['t', 'axes'], ['f']),
        gemm,
      ],
      initializers: { ...known, axes: integers(1, 2) },
    },
    stored: 'w',
  },
  'places in one axis': {
    head: {
      nodes: [
        node('Reshape', ['a', 'shape'], ['tokens']),
        node('ReduceMean', ['tokens', 'axes'], ['f'], { keepdims: 0 }),
        gemm,
      ],
      initializers: { ...known, shape: integers(0, 0, -1), axes: integers(-1) },
    },
    layer: 'tokens',
    stored: 'w',
  },
  'tokens, and a rank of 3 to the end': {
    head: {
      nodes: [
        node('Reshape', ['a', 'shape'], ['first']),
        node('Transpose', ['first'], ['tokens'], { perm: [0, 2, 1] }),
        node('ReduceMean', ['tokens', 'axes'], ['p']),
        node('MatMul', ['p', 'wt'], ['m']),
        node('Add', ['m', 'b'], ['l']),
        node('Squeeze', ['l', 'axes'], ['logits']),
      ],
      initializers: { ...known, shape: integers(0, 0, -1), axes: integers(1) },
    },
    layer: 'tokens',
    stored: 'wt',
  },
  'a normalisation between': {
    head: {
      nodes: [
        node('GlobalAveragePool', ['a'], ['p']),
        node('BatchNormalization', ['p', 's', 't', 'm', 'v'], ['n'], { epsilon: { float: 0.25 } }),
        node('Flatten', ['n'], ['f']),
        node('Gemm', ['f', 'w'], ['logits'], { transB: 1 }),
      ],
      initializers: {
        ...known,
        s: floats(1, 2, 3, -1, 0.5),
        t: floats(0, 0, 0, 0, 0),
        m: floats(0, 0, 0, 0, 0),
        v: floats(1, 2, 0.5, 1, 4),
      },
    },
    bias: new Float32Array(3),
  },
  'Softmax, dropout and casts behind': {
    head: {
      nodes: [
        ...pooled,
        node('Dropout', ['f'], ['d']),
        node('Gemm', ['d', 'w', 'b'], ['scores'], { transB: 1 }),
        node('Softmax', ['scores'], ['soft']),
        node('Identity', ['soft'], ['result']),
      ],
      initializers: known,
      outputs: ['result', 'scores'],
    },
    stored: 'w',
  },
};

test.each(Object.keys(heads))('%s: the mean of the map plus the bias is the logit', async (name) => {
  const { head, body, bias: added = plain, layer = 'a', stored } = heads[name];
  const original = classifierOf(head, body);
  const pictures = [pictureOf(1), pictureOf(2)];
  const preprocessing = namedPreprocessing['0-1'];
  const { classifier, file } = await importClassifier(original, createSession, { preprocessing, pictures });
  expect(classifier.imported.head).toBe('linear');
  expect(classifier.imported.layers.head).toBe(layer);
  expect(classifier.imported.headWeights?.name).toBe(
    stored ?? (layer === 'positive' ? undefined : 'head_weights'),
  );
  for (const picture of pictures) {
    const values = await runOnce(original, { pixels: channelsFirst(picture) });
    const logits = Array.from((values.scores ?? values.logits).data, Number);
    for (const [m, logit] of logits.entries()) {
      const feeds = { image: toImage(picture), class_index: tensor('int64', [1], [m]) };
      const { low_res_cam: map } = await runOnce(file, feeds);
      expect(map.shape).toEqual([1, 4, 4]);
      const sum = Array.from(map.data, Number).reduce((a, b) => a + b, 0);
      // 16-bit logits have 11 significant bits.
      const digits = /16/.test(name) ? 2 : 4;
      expect(sum / 16 + added[m]).toBeCloseTo(logit, digits);
    }
  }
});

const others: Readonly<Record<string, Head>> = {
  'an activation between': {
    nodes: [
      pooled[0],
      node('Relu', ['p'], ['q']),
      node('Flatten', ['q'], ['f']),
      node('Tanh', ['f'], ['t']),
      node('Gemm', ['t', 'w', 'b'], ['logits'], { transB: 1 }),
    ],
    initializers: known,
  },
  'the largest in the place of means': {
    nodes: [node('GlobalMaxPool', ['a'], ['p']), pooled[1], gemm],
    initializers: known,
  },
  'no pooling': {
    nodes: [node('Flatten', ['a'], ['f']), node('Gemm', ['f', 'v', 'b'], ['logits'], { transB: 1 })],
    initializers: { v: drawn([3, 80], 6), b: bias },
  },
  'means of parts': {
    nodes: [
      node('AveragePool', ['a'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }),
      pooled[1],
      node('Gemm', ['f', 'v', 'b'], ['logits'], { transB: 1 }),
    ],
    initializers: { v: drawn([3, 20], 6), b: bias },
  },
  'a mean over channels, too': {
    nodes: [
      node('ReduceMean', ['a', 'axes'], ['p'], { keepdims: 0 }),
      node('MatMul', ['p', 'v'], ['logits']),
    ],
    initializers: { v: drawn([4, 3], 6), axes: integers(1, 2) },
  },
  'weights that depend on the picture': {
    nodes: [
      ...pooled,
      node('Mul', ['f', 'f'], ['s']),
      node('Gemm', ['s', 'w', 'b'], ['logits'], { transB: 1 }),
    ],
    initializers: known,
  },
};

test.each(Object.keys(others))('%s: has no linear head', async (name) => {
  const { classifier } = await importClassifier(classifierOf(others[name]), createSession);
  expect(classifier.imported.head).toBe('other');
  expect(classifier.headWeights).toBeUndefined();
});

test('a window that covers all places at only one size fixes the size of the classifier', async () => {
  const free = { input: ['N', 3, 'H', 'W'] };
  const windowed = heads['AveragePool of all'].head;
  const options = { size: side };
  const fixed = await importClassifier(classifierOf(windowed, free), createSession, options);
  expect(fixed.classifier.imported).toMatchObject({ head: 'linear', sizes: 'fixed' });
  const any = await importClassifier(classifierOf(plainHead, free), createSession, options);
  expect(any.classifier.imported).toMatchObject({ head: 'linear', sizes: 'any' });
});
