import { expect, test } from 'vitest';
import {
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
import { foreignOnnx, graphOf, halfProto, node, onnxType } from '../../test/helpers/foreign-onnx.ts';
import { toImage } from '../data/picture/unit-range.ts';
import { ForeignModel } from '../graph/onnx/foreign-model.ts';
import { logitsName, mapsName } from '../models/network.ts';
import { createSession } from '../runtime/node.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { type ImportOptions, importClassifier } from './import-classifier.ts';
import {
  decodeImported,
  encodeImported,
  type ImportedClassifier,
  importedNetwork,
  isImportedFile,
} from './imported-classifier.ts';
import { ImportedSession } from './imported-session.ts';
import { namedPreprocessing } from './preprocessing.ts';

const plain = namedPreprocessing['0-1'];
const known = { w: weights, b: bias };
const free = { input: ['N', 3, 'H', 'W'] };
const name = 'a.onnx';
const classIndex = (...values: number[]): Tensor => tensor('int64', [values.length], values);
const numbers = ({ data }: Tensor): number[] => Array.from(data, Number);
const softmax = (values: readonly number[]): number[] => {
  const powers = values.map((value) => Math.exp(value));
  return powers.map((power) => power / powers.reduce((a, b) => a + b, 0));
};

/** A head that is not linear in means. */
const maxHead: Head = {
  nodes: [
    node('GlobalMaxPool', ['a'], ['p']),
    node('Flatten', ['p'], ['f']),
    node('Gemm', ['f', 'w', 'b'], ['logits'], { transB: 1 }),
  ],
  initializers: known,
};

async function imported(bytes: Uint8Array, options: ImportOptions = {}): ReturnType<typeof importClassifier> {
  return importClassifier(bytes, createSession, { name, preprocessing: plain, ...options });
}

const failed = (bytes: Uint8Array, options: ImportOptions = {}): Promise<string> =>
  imported(bytes, options).then(
    () => 'imported',
    (error: Error) => error.message,
  );

async function mapOf(file: Uint8Array, seed: number, m: number, size?: number): Promise<number[]> {
  const found = await runOnce(file, { image: toImage(pictureOf(seed, size)), class_index: classIndex(m) });
  return numbers(found.low_res_cam);
}

test('outputs equal those of the original file, for a requested class or the most probable one', async () => {
  const original = classifierOf(plainHead);
  const { file, report } = await imported(original, { pictures: [pictureOf(1)] });
  const { logits } = await runOnce(original, { pixels: channelsFirst(pictureOf(1)) });
  const wanted = softmax(numbers(logits));
  const best = wanted.indexOf(Math.max(...wanted));
  for (const asked of [-1, best, 1]) {
    const feeds = { image: toImage(pictureOf(1)), class_index: classIndex(asked) };
    const found = await runOnce(file, feeds);
    numbers(found.probabilities).forEach((value, m) => {
      expect(value).toBeCloseTo(wanted[m], 5);
    });
    expect(numbers(found.explained_class)).toEqual([asked < 0 ? best : asked]);
  }
  expect(report).toMatchObject({ sizeFrom: 'the file', classesFrom: 'numbers', pictures: 1 });
  expect(report.difference).toBeLessThan(1e-6);
});

const clashing = [
  'probabilities',
  'explained_class',
  'low_res_cam',
  'class_index',
  logitsName,
  'head_weights',
];

test('accepts values with names used by this project, also inside nodes', async () => {
  const [probabilities, explained, map, index, logits, stored] = clashing;
  const head: Head = {
    nodes: [
      node('If', ['yes'], [map], {
        then_branch: graphOf({ nodes: [node('Identity', ['a'], ['image'])], outputs: ['image'] }),
        else_branch: graphOf({ nodes: [node('Neg', ['a'], ['hrm/after/x'])], outputs: ['hrm/after/x'] }),
      }),
      node('GlobalAveragePool', [map], [index]),
      node('Flatten', [index], ['hrm/before/Transpose_0']),
      node('Gemm', ['hrm/before/Transpose_0', stored, 'constant_0'], [explained], { transB: 1 }),
      node('Identity', [explained], [logits]),
      node('Softmax', [logits], [probabilities]),
    ],
    outputs: [probabilities],
    initializers: { [stored]: weights, constant_0: bias, yes: tensor('bool', [], [1]) },
  };
  const pictures = [pictureOf(1)];
  const found = await imported(classifierOf(head), { pictures });
  const same = await imported(classifierOf(plainHead), { pictures });
  expect(found.classifier.imported).toMatchObject({ head: 'linear', logits: `original/${logits}` });
  expect(await mapOf(found.file, 1, 1)).toEqual(await mapOf(same.file, 1, 1));
  expect(found.report.output).toMatchObject({ name: probabilities, inside: true });
  const again = await decodeImported(found.file, name, createSession);
  expect(await mapOf(await encodeImported(again, createSession), 1, 1)).toEqual(await mapOf(same.file, 1, 1));
});

test('accepts an input called image', async () => {
  const { nodes, initializers } = plainHead;
  const bytes = foreignOnnx({
    nodes: [node('Conv', ['image', 'k'], ['a']), ...nodes],
    inputs: { image: [1, 3, side, side] },
    outputs: ['logits'],
    initializers: { ...initializers, k: tensor('float32', [5, 3, 1, 1], Array(15).fill(0.5)) },
  });
  const { classifier, report } = await imported(bytes, { pictures: [pictureOf(1)] });
  expect(report.input.name).toBe('image');
  expect(classifier.model.inputs.map((input) => input.name)).toEqual(['image']);
});

test("does not confuse values whose names resemble those of this project's graphs", async () => {
  const names = ['Softmax_0', 'Mul_0', 'ReduceSum_0', 'Reshape_0', 'ArgMax_0', 'Where_0'];
  const renaming = new Map(['c1', 'r1', 'c2', 'a', 'p', 'f'].map((one, i) => [one, names[i]]));
  for (const head of [plainHead, maxHead]) {
    const original = await ForeignModel.parse(classifierOf(head), name);
    const other = original.renamed(renaming).encode(['logits']);
    const [one, two] = await Promise.all(
      [original.encode(['logits']), other].map((bytes) => imported(bytes)),
    );
    expect(await mapOf(two.file, 1, 2)).toEqual(await mapOf(one.file, 1, 2));
  }
});

test('rejects a model that is already imported', async () => {
  const { file } = await imported(classifierOf(plainHead));
  expect(await failed(file)).toMatch(
    "a.onnx: no image classifier: it has 2 inputs ('image', float32 [1, 16, 16, 3], 'class_index', int64 [1])",
  );
});

test('imports a part of an imported model', async () => {
  const { classifier } = await imported(classifierOf(plainHead));
  const part = classifier.model.encode(['logits']);
  const again = await imported(part, { pictures: [pictureOf(1)] });
  expect(again.report.input).toMatchObject({ name: 'image', layout: 'NHWC' });
  const before = await encodeImported(classifier, createSession);
  expect(await mapOf(again.file, 1, 0)).toEqual(await mapOf(before, 1, 0));
});

const halved: Head = {
  ...maxHead,
  nodes: [
    node('Cast', ['a'], ['h'], { to: onnxType.float16 }),
    node('Neg', ['h'], ['n']),
    node('Neg', ['n'], ['n2']),
    node('GlobalMaxPool', ['n2'], ['p']),
    node('Flatten', ['p'], ['f']),
    node('Gemm', ['f', 'half', 'half_b'], ['l'], { transB: 1 }),
    node('Cast', ['l'], ['logits'], { to: onnxType.float32 }),
  ],
  initializers: {},
  protos: [
    halfProto('half', [3, 5], Array.from(weights.data)),
    halfProto('half_b', [3], Array.from(bias.data)),
  ],
};

test.each<[string, Head]>([
  ['a linear head', plainHead],
  [
    'computed weights',
    {
      ...plainHead,
      nodes: [
        node('Neg', ['w'], ['v']),
        ...plainHead.nodes.slice(0, 2),
        node('Gemm', ['f', 'v'], ['logits'], { transB: 1 }),
      ],
    },
  ],
  ['identity weights', { nodes: [node('GlobalAveragePool', ['a'], ['logits'])] }],
  ['another head', maxHead],
  ['16 bits', halved],
])('%s: is unchanged after writing, reading and writing again', async (_, head) => {
  const { classifier, file } = await imported(classifierOf(head), { classes: undefined });
  expect(isImportedFile(file, name)).toBe(true);
  const again = await decodeImported(file, name, createSession);
  const { model: _m, ...facts } = classifier;
  const { model: _n, ...read } = again;
  expect(read).toEqual(facts);
  const second = await encodeImported(again, createSession);
  const third = await encodeImported(await decodeImported(second, name, createSession), createSession);
  expect(Buffer.compare(second, third)).toBe(0);
  const wanted = await mapOf(file, 1, 1);
  expect(wanted.some((value) => value !== 0)).toBe(true);
  expect(await mapOf(second, 1, 1)).toEqual(wanted);
  const { target } = again.imported.layers;
  const [one, two] = await Promise.all(
    [classifier, again].map(async (from) => {
      const bytes = await importedNetwork(from, createSession).gradientModel([target], [side, side], 'cpu');
      return runOnce(bytes, { image: toImage(pictureOf(1)), class_index: classIndex(1) });
    }),
  );
  expect(two).toEqual(one);
});

test('rejects a file of another program', () => {
  expect(isImportedFile(classifierOf(plainHead), name)).toBe(false);
});

test('rejects damaged metadata', async () => {
  const bytes = foreignOnnx({
    nodes: [node('Relu', ['x'], ['y'])],
    inputs: { x: [1] },
    outputs: ['y'],
    metadata: { 'hrm.imported': '{', 'hrm.classes': '["a", "b"]', 'hrm.im_size': '1', 'hrm.channels': '3' },
  });
  await expect(decodeImported(bytes, name, createSession)).rejects.toThrow(
    "a.onnx: damaged metadata, 'hrm.imported': is no JSON",
  );
});

const opened = async (
  bytes: Uint8Array,
  options?: ImportOptions,
): Promise<[ImportedClassifier, ImportedSession]> => {
  const { classifier } = await imported(bytes, options);
  return [classifier, new ImportedSession(classifier, createSession)];
};

test.each<[string, Head]>([
  ['linear', plainHead],
  ['other', maxHead],
])('a %s head of free size: explains pictures of two sizes at once, several per run', async (kind, head) => {
  const [classifier, session] = await opened(classifierOf(head, free), { size: side });
  expect(classifier.imported).toMatchObject({
    head: kind,
    sizes: 'any',
    batch: kind === 'linear' ? 'any' : 1,
  });
  const run = (size: number, ...seeds: number[]) => {
    const images = seeds.map((seed) => toImage(pictureOf(seed, size)));
    const data = Float32Array.from(images.flatMap((image) => Array.from(image.data)));
    return session.run({
      image: tensor('float32', [seeds.length, size, size, 3], data),
      class_index: classIndex(...seeds.map(() => 1)),
    });
  };
  const [small, large, both] = await Promise.all([run(side, 1), run(24, 2), run(side, 1, 3)]);
  expect([small, large, both].map(({ low_res_cam: map }) => map.shape)).toEqual([
    [1, 4, 4],
    [1, 6, 6],
    [2, 4, 4],
  ]);
  const close = (a: readonly number[], b: readonly number[]): void => {
    expect(a).toHaveLength(b.length);
    a.forEach((value, i) => {
      expect(value).toBeCloseTo(b[i], 4);
    });
  };
  close(numbers(small.low_res_cam), await mapOf(await encodeImported(classifier, createSession), 1, 1));
  close(
    numbers(large.low_res_cam),
    await mapOf(await encodeImported(classifier, createSession, 24), 2, 1, 24),
  );
  close(numbers(both.low_res_cam).slice(0, 16), numbers(small.low_res_cam));
  await session.release();
});

test('a failed run does not block the next one', async () => {
  const [, session] = await opened(classifierOf(maxHead));
  const bad = { image: tensor('float32', [1, side, side, 1]), class_index: classIndex(0) };
  const good = { image: toImage(pictureOf(1)), class_index: classIndex(0) };
  const [first, second] = await Promise.allSettled([session.run(bad), session.run(good)]);
  expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
  await session.release();
});

test.each([
  ['pictures affect each other', node('ReduceMax', ['a', 'zero'], ['m'], { keepdims: 1 }), false],
  ['pictures are independent', node('Identity', ['a'], ['m']), true],
])('%s: reports whether several pictures per run give the same results', async (_, mix, any) => {
  const head: Head = {
    nodes: [mix, node('Max', ['a', 'm'], ['n']), ...plainHead.nodes.slice(1)].map((one, i) =>
      i === 2 ? node('ReduceMean', ['n', 'places'], ['f'], { keepdims: 0 }) : one,
    ),
    initializers: { ...known, zero: classIndex(0), places: classIndex(2, 3) },
  };
  const { classifier } = await imported(classifierOf(head, free), { size: side });
  expect(classifier.imported.batch).toBe(any ? 'any' : 1);
});

test('channels-last layout gives the same map', async () => {
  const nchw = await imported(classifierOf(plainHead));
  const bytes = foreignOnnx({
    nodes: [
      node('Transpose', ['x'], ['pixels'], { perm: [0, 3, 1, 2] }),
      node('If', ['yes'], ['y'], {
        then_branch: graphOf({ nodes: [node('Identity', ['pixels'], ['t'])], outputs: ['t'] }),
        else_branch: graphOf({ nodes: [node('Neg', ['pixels'], ['e'])], outputs: ['e'] }),
      }),
    ],
    inputs: { x: [1, side, side, 3] },
    outputs: ['y'],
    initializers: { yes: tensor('bool', [], [1]) },
  });
  expect(await failed(bytes)).toContain('a classifier has an output [N, M]');
  const { classifier } = nchw;
  const part = await imported(classifier.model.encode(['logits']));
  expect(part.report.input.layout).toBe('NHWC');
});

test.each<[string, number]>([
  ['float16', onnxType.float16],
  ['float64', onnxType.float64],
  ['uint8', onnxType.uint8],
])('accepts an input of type %s', async (_, type) => {
  const { nodes, initializers } = plainHead;
  const bytes = foreignOnnx({
    nodes: [node('Cast', ['x'], ['x32'], { to: 1 }), node('Conv', ['x32', 'k'], ['a']), ...nodes],
    inputs: { x: { type, shape: [1, 3, side, side] } },
    outputs: ['logits'],
    initializers: { ...initializers, k: tensor('float32', [5, 3, 1, 1], Array(15).fill(1 / 255)) },
  });
  const { classifier, report } = await imported(bytes, { preprocessing: undefined });
  expect(report.input).toMatchObject({ name: 'x', isLevels: type === onnxType.uint8 });
  const usual = type === onnxType.uint8 ? '0-255' : 'imagenet';
  expect(classifier.imported.preprocessing).toEqual(namedPreprocessing[usual]);
  expect(classifier.imported.layers.all.map((layer) => layer.name)).toEqual(['a']);
});

test('chooses the preprocessing with the highest confidence among those that distinguish the pictures', async () => {
  // Trained on levels from 0 to 255: large for one class where the picture is dark, for the other where it is
  // bright.
  const head = (factor: number): Uint8Array =>
    foreignOnnx({
      nodes: [
        node('Conv', ['x', 'k', 'b'], ['a']),
        node('GlobalAveragePool', ['a'], ['p']),
        node('Flatten', ['p'], ['logits']),
      ],
      inputs: { x: [1, 3, side, side] },
      outputs: ['logits'],
      initializers: {
        k: tensor(
          'float32',
          [2, 3, 1, 1],
          [1, 1, 1, -1, -1, -1].map((sign) => sign * factor),
        ),
        b: tensor('float32', [2], [-3 * 127 * factor, 3 * 127 * factor]),
      },
    });
  const pictures = [40, 220].map((level) =>
    tensor('uint8', [side, side, 3], Array(3 * side * side).fill(level)),
  );
  const options = { preprocessing: undefined, pictures };
  const { classifier, report } = await imported(head(1 / 100), options);
  expect(classifier.imported.preprocessing).toEqual(namedPreprocessing['0-255']);
  expect(report.preprocessingFrom).toMatchObject({ pictures: 2 });
  // If it is declared, no guess is made.
  const declared = await imported(head(1 / 100), { ...options, declared: { preprocessing: plain } });
  expect(declared.report.preprocessingFrom).toBe('declared');
  const without = await imported(head(1 / 100), { preprocessing: undefined });
  expect(without.report.preprocessingFrom).toMatchObject({ pictures: 0 });
});

test('size and class names come from options, then declarations, then assumptions', async () => {
  const bytes = classifierOf(plainHead, free);
  const declared = { size: 32, classes: ['x', 'y', 'z'] };
  const all = [{ size: 16, declared, classes: ['a', 'b', 'c'] }, { declared }, {}];
  const found = await Promise.all(all.map((options) => imported(bytes, options)));
  expect(
    found.map(({ classifier, report }) => [
      classifier.imSize,
      report.sizeFrom,
      classifier.classes.join(),
      report.classesFrom,
    ]),
  ).toEqual([
    [16, 'option', 'a,b,c', 'option'],
    [32, 'declared', 'x,y,z', 'declared'],
    [224, 'assumed', '#0,#1,#2', 'numbers'],
  ]);
});

test('a layer is chosen by its name or by the name of its node', async () => {
  const conv = { ...node('Conv', ['a', 'k5'], ['c3']), name: '/third/Conv' };
  const head: Head = {
    nodes: [conv, { ...plainHead.nodes[0], input: ['c3'] }, ...plainHead.nodes.slice(1)],
    initializers: { ...known, k5: tensor('float32', [5, 5, 1, 1], Array(25).fill(0.25)) },
  };
  const bytes = classifierOf(head);
  for (const layer of ['a', 'r1', '/third/Conv']) {
    const { classifier, file } = await imported(bytes, { layer });
    const isHead = layer === '/third/Conv';
    expect(classifier.imported).toMatchObject({
      head: isHead ? 'linear' : 'other',
      layers: { target: isHead ? 'c3' : layer },
    });
    expect(await mapOf(file, 1, 0)).toHaveLength(layer === 'r1' ? 64 : 16);
  }
  expect(await failed(bytes, { layer: 'none' })).toBe(
    "a.onnx: no layer is called 'none'; hrm summary lists them",
  );
});

test('layers as feature maps', async () => {
  const { classifier } = await imported(classifierOf(plainHead));
  const network = importedNetwork(classifier, createSession);
  const file = await network.activationModel(['a', 'r1'], 'cpu');
  const found = await runOnce(file, { image: toImage(pictureOf(1)) });
  expect([mapsName('a'), mapsName('r1'), logitsName].map((one) => found[one].shape)).toEqual([
    [1, 5, 4, 4],
    [1, 4, 8, 8],
    [1, 3],
  ]);
  expect(network.headWeights?.shape).toEqual([5, 3]);
  expect(network.layers).toMatchObject({ head: 'a', target: 'a', pyramid: ['a', 'r1'] });
});

test.each<[string, Uint8Array, ImportOptions, string]>([
  [
    'an input that is not square',
    classifierOf(plainHead, { input: [1, 3, 16, 20] }),
    {},
    'a.onnx: its input is 16 x 20 pixels, but must be square: export it so, or with free sizes',
  ],
  [
    'another size',
    classifierOf(plainHead),
    { size: 32 },
    'a.onnx: it takes only 16 x 16 pixels, got 32; export it with free sizes',
  ],
  [
    'other names',
    classifierOf(plainHead),
    { classes: ['a'] },
    'a.onnx: it has 3 outputs, the list of classes 1 names',
  ],
  [
    'a preprocessing of two channels',
    classifierOf(plainHead),
    { preprocessing: { ...plain, mean: [0, 0] } },
    'a.onnx: mean has 2 numbers, the classifier 3 channels',
  ],
  [
    'probabilities of another axis',
    classifierOf({
      nodes: [
        ...plainHead.nodes,
        node('Reshape', ['logits', 'to'], ['rows']),
        node('Softmax', ['rows'], ['s']),
        node('Flatten', ['s'], ['result']),
      ],
      outputs: ['result'],
      initializers: {
        w: tensor('float32', [6, 5], Array(30).fill(0.5)),
        b: tensor('float32', [6]),
        to: classIndex(1, 2, 3),
      },
    }),
    {},
    "a.onnx: no image classifier: it computes probabilities from 'rows' [1, 2, 3]; [N, M] is needed",
  ],
])('rejects %s', async (_, bytes, options, reason) => {
  expect(await failed(bytes, options)).toBe(reason);
});
