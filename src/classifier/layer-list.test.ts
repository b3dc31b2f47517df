import { expect, test } from 'vitest';
import {
  drawn,
  foreignOnnx,
  graphOf,
  type ModelParts,
  node,
  onnxType,
} from '../../test/helpers/foreign-onnx.ts';
import { ForeignModel } from '../graph/onnx/foreign-model.ts';
import { tensor } from '../tensor/tensor.ts';
import { layersOf, mayBeTarget, pyramidOf, unknownOperator } from './layer-list.ts';

const modelOf = (parts: Omit<ModelParts, 'inputs' | 'outputs'>): Promise<ForeignModel> =>
  ForeignModel.parse(
    foreignOnnx({ inputs: { image: [1, 32, 32, 3], x: [1, 3, 32, 32] }, outputs: ['y'], ...parts }),
    'a.onnx',
  );

type Shapes = Readonly<Record<string, readonly number[]>>;

async function listed(
  nodes: ModelParts['nodes'],
  shapes: Shapes,
  prefer: 'NCHW' | 'NHWC' = 'NCHW',
): Promise<string[]> {
  const model = await modelOf({ nodes });
  return layersOf(model, 'y', shapes, [32, 32], prefer).map(
    ({ name, form, channels, height, width, special }) =>
      `${name} ${form} ${channels} ${height}x${width}${special > 0 ? ` +${special}` : ''}`,
  );
}

const network = [
  node('Sub', ['image', 'mean'], ['hrm/before/Sub_0']),
  node('Transpose', ['hrm/before/Sub_0'], ['hrm/before/Transpose_0']),
  node('Identity', ['hrm/before/Transpose_0'], ['pixels']),
  node('Cast', ['pixels'], ['half'], { to: onnxType.float16 }),
  node('Conv', ['half', 'k'], ['c1']),
  node('Relu', ['c1'], ['r1']),
  node('Neg', ['r1'], ['side']),
  node('MaxPool', ['r1'], ['p1']),
  node('GlobalAveragePool', ['p1'], ['g']),
  node('Flatten', ['g'], ['y']),
];
const shapes: Shapes = {
  'hrm/before/Sub_0': [1, 32, 32, 3],
  'hrm/before/Transpose_0': [1, 3, 32, 32],
  pixels: [1, 3, 32, 32],
  half: [1, 3, 32, 32],
  c1: [1, 8, 16, 16],
  r1: [1, 8, 16, 16],
  side: [1, 8, 16, 16],
  p1: [1, 8, 8, 8],
  g: [1, 8, 1, 1],
  y: [1, 8],
};

test('lists the values between image and classifier that the classifier depends on', async () => {
  expect(await listed(network, shapes)).toEqual(['p1 NCHW 8 8x8', 'r1 NCHW 8 16x16', 'c1 NCHW 8 16x16']);
});

test('if channels and rows have the same number, the operator tells the layout', async () => {
  const nodes = [
    node('Transpose', ['x'], ['t'], { perm: [0, 3, 1, 2] }),
    node('Conv', ['t', 'k'], ['c']),
    node('Relu', ['c'], ['r']),
    node('Transpose', ['r'], ['last'], { perm: [0, 2, 3, 1] }),
    node('Add', ['b', 'last'], ['sum']),
    node('Reshape', ['sum', 's'], ['other']),
    node('ReduceMean', ['other', 'axes'], ['y']),
  ];
  const cube = [1, 8, 8, 8];
  const all = { c: cube, r: cube, last: cube, sum: cube, other: cube, y: [1, 8] };
  const known = ['sum NHWC 8 8x8', 'last NHWC 8 8x8', 'r NCHW 8 8x8', 'c NCHW 8 8x8'];
  expect(await listed(nodes, all, 'NHWC')).toEqual(['other NHWC 8 8x8', ...known]);
  expect(await listed(nodes, all, 'NCHW')).toEqual(['other NCHW 8 8x8', ...known]);
});

/**
 * A vision transformer: patches of 8 x 8 pixels, 16 tokens and a class token, one layer of attention with 2
 * heads of 16 numbers.
 */
const transformer = [
  node('Conv', ['x', 'k'], ['patches']),
  node('Reshape', ['patches', 's'], ['flat']),
  node('Transpose', ['flat'], ['tokens'], { perm: [0, 2, 1] }),
  node('Concat', ['class', 'tokens'], ['all'], { axis: 1 }),
  node('LayerNormalization', ['all', 'g'], ['norm']),
  node('MatMul', ['norm', 'wq'], ['q']),
  node('Reshape', ['q', 's'], ['heads']),
  node('Transpose', ['heads'], ['turned'], { perm: [0, 2, 1, 3] }),
  node('MatMul', ['turned', 'turned'], ['scores']),
  node('Softmax', ['scores'], ['attention']),
  node('MatMul', ['attention', 'turned'], ['mixed']),
  node('Reshape', ['mixed', 's'], ['joined']),
  node('Add', ['all', 'joined'], ['sum']),
  node('Gather', ['sum', 'i'], ['first']),
  node('Gemm', ['first', 'w'], ['y']),
];
const transformerShapes: Shapes = {
  patches: [1, 32, 4, 4],
  flat: [1, 32, 16],
  tokens: [1, 16, 32],
  all: [1, 17, 32],
  norm: [1, 17, 32],
  q: [1, 17, 32],
  heads: [1, 17, 2, 16],
  turned: [1, 2, 17, 16],
  scores: [1, 2, 17, 17],
  attention: [1, 2, 17, 17],
  mixed: [1, 2, 17, 16],
  joined: [1, 17, 32],
  sum: [1, 17, 32],
  first: [1, 32],
  y: [1, 5],
};

test('a transformer: lists tokens, but no values inside the attention', async () => {
  expect(await listed(transformer, transformerShapes)).toEqual([
    'sum NTC 32 4x4 +1',
    'joined NTC 32 4x4 +1',
    'q NTC 32 4x4 +1',
    'norm NTC 32 4x4 +1',
    'all NTC 32 4x4 +1',
    'tokens NTC 32 4x4',
    'flat NCT 32 4x4',
    'patches NCHW 32 4x4',
  ]);
});

test('tokens not made by a convolution: uses the square that most layers have', async () => {
  const nodes = [
    node('Reshape', ['x', 's'], ['patches']),
    node('MatMul', ['patches', 'w'], ['tokens']),
    node('Concat', ['class', 'tokens'], ['all'], { axis: 1 }),
    node('ReduceMean', ['all', 'axes'], ['y']),
  ];
  const found = await listed(nodes, {
    patches: [1, 16, 192],
    tokens: [1, 16, 48],
    all: [1, 17, 48],
    y: [1, 48],
  });
  expect(found).toEqual(['all NTC 48 4x4 +1', 'tokens NTC 48 4x4', 'patches NTC 192 4x4']);
});

test('does not take feature maps with as many rows as tokens for attention', async () => {
  const nodes = [
    node('Conv', ['x', 'k'], ['c1']),
    node('Relu', ['c1'], ['r1']),
    node('Conv', ['r1', 'k2'], ['c2']),
    node('Reshape', ['c2', 's'], ['flat']),
    node('ReduceMean', ['flat', 'axes'], ['y']),
  ];
  const found = await listed(nodes, {
    c1: [1, 8, 16, 16],
    r1: [1, 8, 16, 16],
    c2: [1, 5, 4, 4],
    flat: [1, 5, 16],
    y: [1, 5],
  });
  expect(found).toEqual(['flat NCT 5 4x4', 'c2 NCHW 5 4x4', 'r1 NCHW 8 16x16', 'c1 NCHW 8 16x16']);
});

const names = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'];
/** One value of each size after another, and an operator between the third and the fourth. */
const chain = (between: string) =>
  names.map((name, i) => node(i === 3 ? between : 'Relu', [names[i - 1] ?? 'x'], [name]));
const layers = names
  .map((name, i) => ({
    name,
    form: 'NCHW' as const,
    channels: 4,
    special: 0,
    height: 32 >> i,
    width: 32 >> i,
  }))
  .reverse();
const end = node('GlobalAveragePool', ['r6'], ['y']);

test('the pyramid has the last layer of each finer grid, at most four', async () => {
  const model = await modelOf({ nodes: [...chain('Relu'), end] });
  expect(pyramidOf(model, layers, layers[0], 'y')).toEqual(['r6', 'r5', 'r4', 'r3']);
  expect(pyramidOf(model, layers, layers[2], 'y')).toEqual(['r4', 'r3', 'r2', 'r1']);
  const alike = [layers[0], { ...layers[1], height: 1, width: 1 }, layers[2]];
  expect(pyramidOf(model, alike, alike[0], 'y')).toEqual(['r6', 'r4']);
});

test('the pyramid ends at an operator without a gradient', async () => {
  const model = await modelOf({ nodes: [...chain('Unknown'), end] });
  expect(pyramidOf(model, layers, layers[0], 'y')).toEqual(['r6', 'r5', 'r4']);
  expect(unknownOperator(model, 'r4', 'y')).toBeUndefined();
  expect(unknownOperator(model, 'r3', 'y')).toBe('Unknown');
});

test('shape computations need no gradient, values read by an inner graph do', async () => {
  const model = await modelOf({
    nodes: [
      node('Relu', ['x'], ['r']),
      node('Shape', ['r'], ['shape']),
      node('ConstantOfShape', ['shape'], ['zeros']),
      node('Add', ['r', 'zeros'], ['a']),
      node('If', ['yes'], ['b'], {
        then_branch: graphOf({ nodes: [node('Neg', ['a'], ['t'])], outputs: ['t'] }),
        else_branch: graphOf({ nodes: [node('Abs', ['a'], ['e'])], outputs: ['e'] }),
      }),
      node('DequantizeLinear', ['b', 's'], ['y']),
    ],
    initializers: { yes: tensor('bool', [], [1]), s: drawn([1], 1) },
  });
  expect(unknownOperator(model, 'r', 'a')).toBeUndefined();
  expect(unknownOperator(model, 'b', 'y')).toBeUndefined();
  expect(unknownOperator(model, 'r', 'y')).toBe('If');
});

test('methods may use feature maps, normalised tokens, and sums of branches', async () => {
  const nodes = [
    ...transformer.slice(0, -2),
    node('Mul', ['sum', 'g'], ['scaled']),
    node('Add', ['scaled', 'shift'], ['shifted']),
    node('Add', ['q', 'shift'], ['biased']),
    node('Concat', ['shifted', 'biased'], ['y'], { axis: 1 }),
  ];
  const model = await modelOf({ nodes });
  const all = layersOf(
    model,
    'y',
    { ...transformerShapes, scaled: [1, 17, 32], shifted: [1, 17, 32], biased: [1, 17, 32] },
    [32, 32],
    'NCHW',
  );
  const may = all.filter((layer) =>
    mayBeTarget(model, layer, (name) => ['g', 'shift', 'class'].includes(name)),
  );
  expect(may.map(({ name }) => name)).toEqual(['shifted', 'sum', 'norm', 'patches']);
});
