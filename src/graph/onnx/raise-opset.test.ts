import { fromBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import {
  drawn,
  foreignOnnx,
  functionOf,
  graphOf,
  type ModelParts,
  node,
  onnxType,
} from '../../../test/helpers/foreign-onnx.ts';
import { createSession } from '../../runtime/node.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { ForeignModel } from './foreign-model.ts';
import { ModelProtoSchema } from './onnx-schema.ts';

type Case = Pick<ModelParts, 'nodes' | 'initializers' | 'opset' | 'functions'> & {
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Default y. */
  readonly outputs?: readonly string[];
};

const rank2 = drawn([3, 4], 1);
const rank4 = drawn([2, 3, 4, 5], 2);
const thin = drawn([1, 3, 1, 4], 3);

const floats = (...values: number[]): Tensor => tensor('float32', [values.length], values);
const integers = (...values: number[]): Tensor => tensor('int64', [values.length], values);
/** A node from x to y. */
const one = (
  opset: number,
  type: string,
  x: Tensor,
  attributes: Parameters<typeof node>[3] = {},
  initializers: Record<string, Tensor> = {},
): Case => ({
  opset,
  nodes: [node(type, ['x', ...Object.keys(initializers)], ['y'], attributes)],
  feeds: { x },
  initializers,
});

const reductions = ['Max', 'Mean', 'Min', 'Prod', 'L1', 'L2', 'LogSum', 'LogSumExp', 'Sum', 'SumSquare'];
const positive = tensor(
  'float32',
  rank4.shape,
  rank4.data.map((value) => value + 1.5),
);

const cases: Readonly<Record<string, Case>> = {
  'Squeeze 7, axes': one(7, 'Squeeze', thin, { axes: [0, 2] }),
  'Squeeze 11, axes from the end': one(11, 'Squeeze', thin, { axes: [-2] }),
  'Squeeze 9, every axis of length 1': one(9, 'Squeeze', thin),
  'Unsqueeze 7': one(7, 'Unsqueeze', rank2, { axes: [0, 3] }),
  'Unsqueeze 12, from the end': one(12, 'Unsqueeze', rank2, { axes: [-1] }),
  ...Object.fromEntries(
    reductions.flatMap((kind) => [
      [`Reduce${kind} 7`, one(7, `Reduce${kind}`, positive, { axes: [2, 3] })],
      [`Reduce${kind} 11`, one(11, `Reduce${kind}`, positive, { axes: [-1], keepdims: 0 })],
      [`Reduce${kind} 12, all`, one(12, `Reduce${kind}`, positive)],
      ...(kind === 'Sum' ? [] : [[`Reduce${kind} 17`, one(17, `Reduce${kind}`, positive, { axes: [1] })]]),
    ]),
  ),
  'ReduceSum 13': one(13, 'ReduceSum', positive, { keepdims: 0 }, { axes: integers(1) }),
  ...Object.fromEntries(
    ['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((type) => [
      [`${type} 7`, one(7, type, rank4)],
      [`${type} 7, axis 2`, one(7, type, rank4, { axis: 2 })],
      [`${type} 9, axis 3`, one(9, type, rank4, { axis: 3 })],
      [`${type} 11, axis -1`, one(11, type, rank4, { axis: -1 })],
      [`${type} 12, axis -3`, one(12, type, rank4, { axis: -3 })],
      [`${type} 12, axis 0`, one(12, type, rank4, { axis: 0 })],
      [`${type} 12, rank 2`, one(12, type, rank2)],
      [`${type} 13`, one(13, type, rank4)],
      [`${type} 17, axis 1`, one(17, type, rank4, { axis: 1 })],
    ]),
  ),
  'Split 7': {
    opset: 7,
    nodes: [node('Split', ['x'], ['y', 'z'], { axis: 2 })],
    feeds: { x: rank4 },
    outputs: ['y', 'z'],
  },
  'Split 11, sizes': {
    opset: 11,
    nodes: [node('Split', ['x'], ['y', 'z'], { axis: 1, split: [1, 2] })],
    feeds: { x: rank4 },
    outputs: ['y', 'z'],
  },
  'Split 13, sizes': {
    opset: 13,
    nodes: [node('Split', ['x', 'sizes'], ['y', 'z'], { axis: 1 })],
    initializers: { sizes: integers(1, 2) },
    feeds: { x: rank4 },
    outputs: ['y', 'z'],
  },
  'Split 17': {
    opset: 17,
    nodes: [node('Split', ['x'], ['y', 'z'])],
    feeds: { x: rank4 },
    outputs: ['y', 'z'],
  },
  'Split 13, sizes left out by an empty name': {
    opset: 13,
    nodes: [node('Split', ['x', ''], ['y', 'z'])],
    feeds: { x: rank4 },
    outputs: ['y', 'z'],
  },
  'Slice 7': one(7, 'Slice', rank4, { starts: [0, 1], ends: [1, 100], axes: [0, 3] }),
  'Slice 9, no axes': one(9, 'Slice', rank4, { starts: [1, -2], ends: [2, 100] }),
  'Slice 10': one(10, 'Slice', rank4, {}, { starts: integers(1), ends: integers(3), axes: integers(2) }),
  'Pad 7': one(7, 'Pad', rank4, { pads: [0, 0, 1, 2, 0, 0, 3, 0] }),
  'Pad 7, a value': one(7, 'Pad', rank4, { pads: [0, 0, 1, 2, 0, 0, 3, 0], value: { float: 0.5 } }),
  'Pad 9, reflect': one(9, 'Pad', rank4, { pads: [0, 0, 1, 2, 0, 0, 3, 0], mode: 'reflect' }),
  'Pad 10, edge': one(10, 'Pad', rank4, { pads: [0, 0, 1, 2, 0, 0, 3, 0], mode: 'edge' }),
  'Clip 7': one(7, 'Clip', rank4, { min: { float: -0.25 }, max: { float: 0.5 } }),
  'Clip 9, below': one(9, 'Clip', rank4, { min: { float: 0 } }),
  'Clip 10, above': one(10, 'Clip', rank4, { max: { float: 0.5 } }),
  'Clip 7, no bounds': one(7, 'Clip', rank4),
  'Clip 12': one(
    12,
    'Clip',
    rank4,
    {},
    { low: tensor('float32', [], [0]), high: tensor('float32', [], [0.5]) },
  ),
  'Dropout 7': one(7, 'Dropout', rank4, { ratio: { float: 0.5 } }),
  'Dropout 10, its mask left': {
    opset: 10,
    nodes: [node('Dropout', ['x'], ['y', 'mask'], { ratio: { float: 0.5 } })],
    feeds: { x: rank4 },
  },
  'Dropout 12': one(12, 'Dropout', rank4, {}, { ratio: tensor('float32', [], [0.5]) }),
  'TopK 7': {
    opset: 7,
    nodes: [node('TopK', ['x'], ['y', 'i'], { k: 2, axis: 1 })],
    feeds: { x: rank4 },
    outputs: ['y', 'i'],
  },
  'TopK 10': {
    opset: 10,
    nodes: [node('TopK', ['x', 'k'], ['y', 'i'])],
    initializers: { k: integers(3) },
    feeds: { x: rank4 },
    outputs: ['y', 'i'],
  },
  'Upsample 7, nearest': one(7, 'Upsample', rank4, { scales: { floats: [1, 1, 2, 3] } }),
  'Upsample 7, linear': one(7, 'Upsample', rank4, { mode: 'linear', scales: { floats: [1, 1, 2, 3] } }),
  'Upsample 9, nearest': one(9, 'Upsample', rank4, {}, { scales: floats(1, 1, 2.5, 1.5) }),
  'Upsample 9, linear': one(9, 'Upsample', rank4, { mode: 'linear' }, { scales: floats(1, 1, 2, 2) }),
  'Resize 10, nearest': one(10, 'Resize', rank4, {}, { scales: floats(1, 1, 0.5, 0.6) }),
  'Resize 10, linear': one(10, 'Resize', rank4, { mode: 'linear' }, { scales: floats(1, 1, 2, 1.4) }),
  'Resize 11, half pixel': one(
    11,
    'Resize',
    rank4,
    { mode: 'linear' },
    { roi: floats(), scales: floats(1, 1, 2, 1.5) },
  ),
  'Resize 11, cubic to sizes': one(
    11,
    'Resize',
    rank4,
    { mode: 'cubic', coordinate_transformation_mode: 'pytorch_half_pixel' },
    { roi: floats(), scales: floats(), sizes: integers(2, 3, 7, 9) },
  ),
  'Resize 11, as TensorFlow had it': one(
    11,
    'Resize',
    rank4,
    { mode: 'nearest', coordinate_transformation_mode: 'tf_half_pixel_for_nn', nearest_mode: 'floor' },
    { roi: floats(), scales: floats(1, 1, 2, 3) },
  ),
  'Resize 13, align corners': {
    ...one(13, 'Resize', rank4, {}),
    nodes: [
      node('Resize', ['x', '', '', 'sizes'], ['y'], {
        mode: 'linear',
        coordinate_transformation_mode: 'align_corners',
      }),
    ],
    initializers: { sizes: integers(2, 3, 7, 9) },
  },
  'Scatter 9': {
    opset: 9,
    nodes: [node('Scatter', ['x', 'i', 'u'], ['y'], { axis: 1 })],
    initializers: { i: tensor('int64', [1, 2], [1, 3]), u: tensor('float32', [1, 2], [5, 6]) },
    feeds: { x: rank2 },
  },
  ...Object.fromEntries(
    [7, 9, 13].map((opset) => [
      `BatchNormalization ${opset}`,
      one(
        opset,
        'BatchNormalization',
        rank4,
        { epsilon: { float: 0.01 } },
        { scale: floats(1, 2, 3), b: floats(0, 1, -1), mean: floats(0.1, 0, 1), var_: floats(1, 0.5, 2) },
      ),
    ]),
  ),
  'RoiAlign 10': {
    opset: 10,
    nodes: [node('RoiAlign', ['x', 'rois', 'i'], ['y'], { output_height: 2, output_width: 2 })],
    initializers: { rois: tensor('float32', [1, 4], [0, 0, 3, 3]), i: integers(0) },
    feeds: { x: rank4 },
  },
  // A node of an operator whose other versions differ, in a form that is still read.
  'others at 7': {
    opset: 7,
    nodes: [
      node('ArgMax', ['x'], ['arg'], { axis: 1 }),
      node('AveragePool', ['x'], ['average'], {
        kernel_shape: [2, 2],
        pads: [1, 1, 1, 1],
        count_include_pad: 1,
      }),
      node('MaxPool', ['x'], ['max'], { kernel_shape: [2, 2], strides: [2, 2] }),
      node('Pow', ['x', 'two'], ['pow']),
      node('Sum', ['x', 'x'], ['sum']),
      node('Mean', ['x', 'x', 'sum'], ['mean']),
      node('Max', ['x', 'sum'], ['most']),
      node('PRelu', ['x', 'slope'], ['prelu']),
      node('InstanceNormalization', ['x', 'scale', 'bias'], ['instance']),
      node('LRN', ['x'], ['lrn'], { size: 3 }),
      node('LpPool', ['x'], ['lp'], { kernel_shape: [2, 2], p: 2 }),
      node('GlobalLpPool', ['x'], ['globalLp'], { p: 2 }),
      node('Flatten', ['x'], ['flat']),
      node('Gemm', ['flat', 'w', 'c'], ['gemm'], { alpha: { float: 0.5 } }),
      node('Cast', ['x'], ['cast'], { to: onnxType.int64 }),
      node('DepthToSpace', ['d'], ['depth'], { blocksize: 2 }),
      node('Tile', ['x', 'times'], ['tile']),
      node('Greater', ['x', 'two'], ['greater']),
    ],
    initializers: {
      two: tensor('float32', [], [2]),
      slope: drawn([3, 1, 1], 4),
      scale: floats(1, 2, 3),
      bias: floats(0, 1, 2),
      w: drawn([60, 2], 5),
      c: floats(1, 2),
      times: integers(1, 2, 1, 1),
    },
    feeds: { x: rank4, d: drawn([1, 8, 2, 2], 6) },
    outputs:
      'arg average max pow sum mean most prelu instance lrn lp globalLp gemm cast depth tile greater'.split(
        ' ',
      ),
  },
  'others at 11': {
    opset: 11,
    nodes: [
      node('Gemm', ['r', 'w'], ['gemm']),
      node('OneHot', ['i', 'depth', 'values'], ['hot'], { axis: -1 }),
      node('CumSum', ['r', 'axis'], ['cum']),
      node('NonZero', ['r'], ['nonzero']),
      node('Equal', ['i', 'i'], ['equal']),
      node('Where', ['equal', 'i', 'depth'], ['where']),
      node('Gather', ['r', 'i'], ['gather'], { axis: 1 }),
      node('ConstantOfShape', ['i'], ['constant']),
      node('ConvTranspose', ['x', 'kernel'], ['transposed'], { strides: [2, 2] }),
      node('MeanVarianceNormalization', ['x'], ['normal']),
      node('QuantizeLinear', ['x', 'step', 'zero'], ['quantized']),
      node('DequantizeLinear', ['quantized', 'step', 'zero'], ['again']),
      node('Shape', ['x'], ['shape']),
      node('Reshape', ['x', 'to'], ['reshaped']),
    ],
    initializers: {
      w: drawn([4, 2], 5),
      i: integers(1, 0),
      depth: tensor('int64', [], [3]),
      values: tensor('int64', [2], [0, 7]),
      axis: tensor('int64', [], [1]),
      kernel: drawn([3, 2, 3, 3], 7),
      step: tensor('float32', [], [0.1]),
      zero: tensor('uint8', [], [100]),
      to: integers(0, -1),
    },
    feeds: { r: rank2, x: rank4 },
    outputs: 'gemm hot cum nonzero equal where gather constant transposed normal again shape reshaped'.split(
      ' ',
    ),
  },
  'bodies of If': {
    opset: 11,
    nodes: [
      node('ReduceMax', ['x'], ['top'], { keepdims: 0 }),
      node('Greater', ['top', 'zero'], ['positive']),
      node('If', ['positive'], ['y'], {
        then_branch: graphOf({
          nodes: [node('Unsqueeze', ['x'], ['a'], { axes: [0] }), node('Softmax', ['a'], ['b'])],
          outputs: ['b'],
        }),
        else_branch: graphOf({ nodes: [node('Unsqueeze', ['x'], ['c'], { axes: [0] })], outputs: ['c'] }),
      }),
    ],
    initializers: { zero: tensor('float32', [], [0]) },
    feeds: { x: rank4 },
  },
  'body of Loop': {
    opset: 12,
    nodes: [
      node('Loop', ['count', '', 'x'], ['y'], {
        body: graphOf({
          nodes: [
            node('Identity', ['go'], ['still']),
            node('ReduceSum', ['state'], ['sum'], { axes: [1] }),
            node('Add', ['state', 'sum'], ['next']),
          ],
          inputs: {
            n: { type: onnxType.int64, shape: [] },
            go: { type: onnxType.bool, shape: [] },
            state: ['A', 'B', 'C', 'D'],
          },
          outputs: ['still', 'next'],
        }),
      }),
    ],
    initializers: { count: tensor('int64', [], [2]) },
    feeds: { x: rank4 },
  },
  'names that added values would have': {
    opset: 11,
    nodes: [
      node('Unsqueeze', ['x'], ['raised_0'], { axes: [0] }),
      node('Squeeze', ['raised_0'], ['raised_1'], { axes: [0] }),
      node('Softmax', ['raised_1'], ['y']),
    ],
    feeds: { x: rank4 },
  },
};

function fileOf({ nodes, opset, feeds, outputs = ['y'], initializers, functions }: Case): Uint8Array {
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape]));
  const domains: Record<string, number> = functions ? { own: 1 } : {};
  return foreignOnnx({ nodes, opset, inputs, outputs, initializers, functions, domains });
}

async function run(bytes: Uint8Array, feeds: Case['feeds']): Promise<Record<string, Tensor>> {
  const session = await createSession(bytes, { purpose: 'once' });
  const results = await session.run(feeds);
  await session.release();
  return results;
}

const versionOf = (bytes: Uint8Array): number =>
  Number(fromBinary(ModelProtoSchema, bytes).opsetImport.find(({ domain }) => domain === '')?.version);

async function same(one: Case): Promise<void> {
  const bytes = fileOf(one);
  const model = await ForeignModel.parse(bytes, 'a.onnx');
  const raised = model.encode(model.outputs);
  expect(versionOf(raised)).toBe(18);
  expect(await run(raised, one.feeds)).toEqual(await run(bytes, one.feeds));
}

test.each(Object.keys(cases))('%s gives the same result in operator set 18', async (name) => {
  await same(cases[name]);
});

test('keeps bounds and paddings of 16-bit floats in 16 bits', async () => {
  const bytes = foreignOnnx({
    opset: 10,
    nodes: [
      node('Cast', ['x'], ['half'], { to: onnxType.float16 }),
      node('Pad', ['half'], ['padded'], { pads: [0, 1, 0, 0], value: { float: 3 } }),
      node('Clip', ['padded'], ['clipped'], { max: { float: 0.5 } }),
      node('Cast', ['clipped'], ['y'], { to: onnxType.float32 }),
    ],
    inputs: { x: rank2.shape },
    outputs: ['y'],
  });
  const model = await ForeignModel.parse(bytes, 'a.onnx');
  const rows = [0, 1, 2].map((i) => Array.from(rank2.data.slice(4 * i, 4 * i + 4), (v) => Math.min(v, 0.5)));
  const { y } = await run(model.encode(['y']), { x: rank2 });
  expect(Array.from(y.data, Number)).toEqual(rows.flatMap((row) => [0.5, ...row]));
});

test('raises functions of the file, each from its own operator set', async () => {
  const block = functionOf('Block', {
    inputs: ['a'],
    outputs: ['c'],
    opset: 12,
    nodes: [
      node('Unsqueeze', ['a'], ['b'], { axes: [0] }),
      node('Softmax', ['b'], ['b2'], { axis: 2 }),
      node('ReduceMean', ['b2'], ['c'], { axes: [1] }),
    ],
  });
  const bytes = foreignOnnx({
    opset: 12,
    domains: { own: 1 },
    nodes: [node('own.Block', ['x'], ['raised_0']), node('Squeeze', ['raised_0'], ['y'], { axes: [1] })],
    inputs: { x: rank4.shape },
    outputs: ['y'],
    functions: [block],
  });
  const model = await ForeignModel.parse(bytes, 'a.onnx');
  expect(await run(model.encode(['y']), { x: rank4 })).toEqual(await run(bytes, { x: rank4 }));
});

test('rejects a function attribute that is needed as an input', async () => {
  const squeeze = node('Squeeze', ['a'], ['b'], { axes: [0] });
  squeeze.attribute[0].refAttrName = 'where';
  const bytes = foreignOnnx({
    opset: 12,
    domains: { own: 1 },
    nodes: [node('own.Block', ['x'], ['y'], { where: [0] })],
    inputs: { x: [1, 3] },
    outputs: ['y'],
    functions: [
      functionOf('Block', { inputs: ['a'], outputs: ['b'], opset: 12, nodes: [squeeze] }, ['where']),
    ],
  });
  await expect(ForeignModel.parse(bytes, 'a.onnx')).rejects.toThrow(
    "a.onnx: Squeeze: an attribute that a function is given ('axes') has no form in operator set 18",
  );
});

test("does not change other domains, even if they use ONNX's operator names", async () => {
  const bytes = foreignOnnx({
    opset: 12,
    domains: { 'com.microsoft': 1 },
    nodes: [node('com.microsoft.Gelu', ['x'], ['g']), node('other.Squeeze', ['g'], ['y'], { axes: [1] })],
    inputs: { x: [1, 3] },
    outputs: ['y'],
  });
  const { opsetImport, graph } = fromBinary(
    ModelProtoSchema,
    (await ForeignModel.parse(bytes, 'a.onnx')).encode(['y']),
  );
  expect(opsetImport.map(({ domain, version }) => `${domain} ${version}`)).toEqual([
    ' 18',
    'com.microsoft 1',
  ]);
  expect(graph?.node[1].attribute.map(({ name }) => name)).toEqual(['axes']);
});

test("accepts ONNX's own domain written out", async () => {
  const bytes = fileOf({ opset: 12, nodes: [node('ai.onnx.Softmax', ['x'], ['y'])], feeds: { x: rank4 } });
  const model = await ForeignModel.parse(bytes, 'a.onnx');
  expect(await run(model.encode(['y']), { x: rank4 })).toEqual(await run(bytes, { x: rank4 }));
});

test('does not change a model of operator set 18 or later', async () => {
  const bytes = foreignOnnx({
    opset: 21,
    nodes: [node('Softmax', ['x'], ['y'])],
    inputs: { x: [1, 3] },
    outputs: ['y'],
  });
  expect(versionOf((await ForeignModel.parse(bytes, 'a.onnx')).encode(['y']))).toBe(21);
});

test.each([
  [6, node('Relu', ['x'], ['y']), 'operator set 7 or newer is needed, the file has 6'],
  [0, node('Relu', ['x'], ['y']), 'operator set 7 or newer is needed, the file has 0'],
  [
    7,
    node('BatchNormalization', ['x', 's', 's', 's', 's'], ['y'], { spatial: 0 }),
    'BatchNormalization: statistics of each place (spatial = 0) have no newer form',
  ],
  [8, node('Scan', ['', 'x'], ['y']), 'Scan: one with a batch axis, of operator set 8, has no newer form'],
  [
    9,
    node('Upsample', ['x', 'factors'], ['y']),
    'Upsample: a Resize that enlarges one axis and reduces another has no newer form',
  ],
])('operator set %i: rejects what has no form in 18', async (opset, what, reason) => {
  const bytes = foreignOnnx({
    opset,
    nodes: [what],
    inputs: { x: [1, 2, 3, 4] },
    outputs: ['y'],
    initializers: { factors: floats(1, 1, 0.5, 2) },
  });
  await expect(ForeignModel.parse(bytes, 'a.onnx')).rejects.toThrow(`a.onnx: ${reason}`);
});
