import { fromBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import {
  foreignOnnx,
  graphOf,
  halfProto,
  type ModelParts,
  node,
  onnxType,
} from '../../../test/helpers/foreign-onnx.ts';
import { createSession } from '../../runtime/node.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { Graph } from '../graph.ts';
import { builders as o } from '../ops/index.ts';
import { ForeignModel, joinModel } from './foreign-model.ts';
import { ModelProtoSchema, type NodeProto } from './onnx-schema.ts';

const modelOf = (parts: ModelParts): Promise<ForeignModel> =>
  ForeignModel.parse(foreignOnnx(parts), 'a.onnx');

async function run(file: Uint8Array, feeds: Record<string, Tensor>): Promise<Record<string, number[]>> {
  const session = await createSession(file, { purpose: 'once' });
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, Array.from(data, Number)]),
  );
}

const vector = (...values: number[]): Tensor => tensor('float32', [values.length], values);
const x = vector(1, 2);
const protoOf = (file: Uint8Array) => fromBinary(ModelProtoSchema, file);
const namesOf = (nodes: readonly NodeProto[] = []): string[] => nodes.flatMap(({ output }) => output);

/** y = x + w where `yes`, else x - w. */
const chosen = (yes: number): ModelParts => ({
  nodes: [
    node('Relu', ['x'], ['r']),
    node('Neg', ['x'], ['unused']),
    node('If', ['yes'], ['y'], {
      then_branch: graphOf({ nodes: [node('Add', ['r', 'w'], ['t'])], outputs: ['t'] }),
      else_branch: graphOf({ nodes: [node('Sub', ['r', 'w'], ['e'])], outputs: ['e'] }),
    }),
  ],
  inputs: { x: [2], other: [1] },
  outputs: ['y', 'unused'],
  initializers: { yes: tensor('bool', [], [yes]), w: vector(10, 20), z: vector(1) },
});

test('lists what is read, stored and computed, and by which node', async () => {
  const model = await modelOf({ ...chosen(1), metadata: { task: 'none' } });
  expect(model.inputs).toEqual([
    { name: 'x', type: 1, shape: [2] },
    { name: 'other', type: 1, shape: [1] },
  ]);
  expect(model.outputs).toEqual(['y', 'unused']);
  expect(model.metadata).toEqual({ task: 'none' });
  expect(model.isStored('w')).toBe(true);
  expect(model.stored('w')).toEqual(vector(10, 20));
  expect(model.storedType('w')).toBe(onnxType.float32);
  expect(() => model.stored('r')).toThrow("internal: 'r' is not stored");
  expect(model.producer('y')).toMatchObject({ type: 'If', inputs: ['yes'], hasInnerGraphs: true });
  expect(model.producer('y')?.reads).toEqual(['yes', 'r', 'w', 'r', 'w']);
  expect(model.producer('x')).toBeUndefined();
  expect(model.names()).toEqual(new Set(['x', 'other', 'yes', 'w', 'z', 'r', 'unused', 'y', 't', 'e']));
});

test('reads free sizes, an unknown rank, and a value that is not a tensor', async () => {
  const { inputs } = await modelOf({
    nodes: [node('Relu', ['x'], ['y'])],
    inputs: { x: ['N', 3, -1, 0] },
    outputs: ['y'],
  });
  expect(inputs).toEqual([{ name: 'x', type: 1, shape: [undefined, 3, undefined, undefined] }]);
});

test('a cut includes what graphs inside nodes read, and nothing else', async () => {
  const model = await modelOf(chosen(0));
  const file = model.encode(['y']);
  const { graph } = protoOf(file);
  expect(namesOf(graph?.node)).toEqual(['r', 'y']);
  expect(graph?.initializer.map(({ name }) => name)).toEqual(['yes', 'w']);
  expect(graph?.input.map(({ name }) => name)).toEqual(['x']);
  expect(await run(file, { x })).toEqual({ y: [-9, -18] });
});

test('ignores a result without a name', async () => {
  const model = await modelOf({
    nodes: [node('Split', ['x'], ['a', ''], { num_outputs: 2 }), node('Clip', ['x', '', 'high'], ['y'])],
    inputs: { x: [2] },
    outputs: ['y', 'a'],
    initializers: { high: tensor('float32', [], [1.5]) },
  });
  expect(model.producer('')).toBeUndefined();
  expect(model.nodesFor(['y']).map(({ type }) => type)).toEqual(['Clip']);
  expect(await run(model.encode(['y']), { x })).toEqual({ y: [1, 1.5] });
});

test('accepts weights that are also listed as inputs, as in IR version 3', async () => {
  const model = await modelOf({
    irVersion: 3,
    opset: 7,
    nodes: [node('Add', ['x', 'w'], ['y'])],
    inputs: { x: [2], w: [2] },
    outputs: ['y'],
    initializers: { w: vector(10, 20) },
  });
  expect(model.inputs.map(({ name }) => name)).toEqual(['x']);
  const file = model.encode(['y']);
  expect(protoOf(file).graph?.input.map(({ name }) => name)).toEqual(['x']);
  expect(await run(file, { x })).toEqual({ y: [11, 22] });
});

test('treats values of Constant nodes as computed by nodes', async () => {
  const model = await modelOf({
    nodes: [
      node('Constant', [], ['c'], { value_ints: [3, 4] }),
      node('Cast', ['c'], ['f'], { to: 1 }),
      node('Add', ['x', 'f'], ['y']),
    ],
    inputs: { x: [2] },
    outputs: ['y'],
  });
  expect(model.isStored('c')).toBe(false);
  expect(model.nodesFor(['y']).map(({ type }) => type)).toEqual(['Constant', 'Cast', 'Add']);
  expect(await run(model.encode(['y']), { x })).toEqual({ y: [4, 6] });
});

test('accepts an output that is an input, and one that is a stored value', async () => {
  const model = await modelOf({
    nodes: [node('Relu', ['x'], ['y'])],
    inputs: { x: [2] },
    outputs: ['x', 'y', 'w'],
    initializers: { w: vector(5) },
  });
  expect(await run(model.encode(['x', 'y', 'w']), { x })).toEqual({ x: [1, 2], y: [1, 2], w: [5] });
});

test('renames values everywhere, including inside nodes', async () => {
  const model = await modelOf(chosen(1));
  const names = new Map([...model.names()].map((name) => [name, `new/${name}`]));
  const renamed = model.renamed(names);
  expect(renamed.names()).toEqual(new Set(names.values()));
  expect(renamed.outputs).toEqual(['new/y', 'new/unused']);
  expect(await run(renamed.encode(['new/y']), { 'new/x': x })).toEqual({ 'new/y': [11, 22] });
  expect(model.renamed(new Map())).toBe(model);
});

test('renames values of a graph inside a node with the nodes that read them', async () => {
  const model = await modelOf({
    nodes: [
      node('Loop', ['count', '', 'x'], ['y'], {
        body: graphOf({
          nodes: [node('Identity', ['image'], ['go']), node('Add', ['state', 'logits'], ['class_index'])],
          inputs: {
            i: { type: onnxType.int64, shape: [] },
            image: { type: onnxType.bool, shape: [] },
            state: [2],
          },
          initializers: { logits: vector(1, 1) },
          outputs: ['go', 'class_index'],
        }),
      }),
    ],
    inputs: { x: [2] },
    outputs: ['y'],
    initializers: { count: tensor('int64', [], [3]) },
  });
  const renamed = model.renamed(
    new Map(['image', 'logits', 'class_index', 'state'].map((n) => [n, `o/${n}`])),
  );
  expect(renamed.names().has('image')).toBe(false);
  expect(await run(renamed.encode(['y']), { x })).toEqual({ y: [4, 5] });
});

test('gives a 16-bit float value as float32, converted once', async () => {
  const model = await modelOf({
    nodes: [node('Cast', ['x'], ['h'], { to: onnxType.float16 }), node('Add', ['h', 'w'], ['y'])],
    inputs: { x: [2] },
    outputs: ['y'],
    protos: [halfProto('w', [2], [0.5, -3])],
  });
  expect(model.stored('w')).toEqual(vector(0.5, -3));
  expect(model.storedType('w')).toBe(onnxType.float16);
  const plain = model.withFloat32('y', 'y/float32');
  expect(plain.withFloat32('y', 'y/float32')).toBe(plain);
  expect(await run(plain.encode(['y/float32']), { x })).toEqual({ 'y/float32': [1.5, -1] });
});

test.each([
  ['float16', onnxType.float16],
  ['uint8', onnxType.uint8],
  ['float64', onnxType.float64],
])('puts a float32 input in place of one of %s', async (_, type) => {
  const model = await modelOf({
    nodes: [node('Cast', ['x'], ['f'], { to: 1 }), node('Add', ['f', 'f'], ['y'])],
    inputs: { x: { type, shape: ['N'] } },
    outputs: ['y'],
  });
  const plain = model.withFloat32Input(model.inputs[0], 'x/float32');
  expect(plain.inputs).toEqual([{ name: 'x/float32', type: 1, shape: [undefined] }]);
  expect(await run(plain.encode(['y']), { 'x/float32': vector(3, 200) })).toEqual({ y: [6, 400] });
});

test('converts all levels of a picture between 8 bits and float32 without loss', async () => {
  const model = await modelOf({
    nodes: [node('Cast', ['x'], ['y'], { to: 1 })],
    inputs: { x: { type: onnxType.uint8, shape: [256] } },
    outputs: ['y'],
  });
  const before = new Graph();
  before.output(o.identity(o.mul(before.input('image', 'float32', [256]), before.scalar(255)), 'x/float32'));
  const foreign = model.withFloat32Input(model.inputs[0], 'x/float32');
  const levels = Array.from({ length: 256 }, (_, i) => i);
  const file = joinModel({ before, foreign, outputs: ['y'], metadata: {} });
  expect(await run(file, { image: vector(...levels.map((i) => i / 255)) })).toEqual({ y: levels });
});

/** y = w x, one weight. */
const scaled: ModelParts = {
  nodes: [node('Mul', ['x', 'w'], ['y']), node('Exp', ['y'], ['z'])],
  inputs: { x: [2] },
  outputs: ['z'],
  initializers: { w: vector(3) },
};

test('joins graphs before and after, merges equal stored values, and adds metadata', async () => {
  const foreign = await modelOf({ ...scaled, metadata: { old: '1' } });
  const before = new Graph();
  before.output(o.identity(o.add(before.input('image', 'float32', ['N']), before.scalar(1)), 'x'));
  const after = new Graph();
  const y = after.input('y', 'float32', ['N']);
  const w = after.initializer('w', vector(3));
  const power = after.input('power', 'float32', [1]);
  after.output(o.identity(o.add(o.mul(o.mul(y, w), power), after.scalar(1)), 'result'));
  const outputs = ['result', 'y'];
  const file = joinModel({ before, foreign, after, shared: new Set(['w']), outputs, metadata: { new: '2' } });
  const { graph, metadataProps } = protoOf(file);
  expect(metadataProps.map(({ key, value }) => [key, value])).toEqual([['new', '2']]);
  expect(graph?.input.map(({ name }) => name)).toEqual(['image', 'power']);
  expect(graph?.initializer.filter(({ name }) => name.endsWith('w')).map(({ name }) => name)).toEqual(['w']);
  expect(namesOf(graph?.node)).not.toContain('z');
  expect(await run(file, { image: x, power: vector(2) })).toEqual({ result: [37, 55], y: [6, 9] });
});

test('does not mix up names of our graphs with equal names in the model', async () => {
  const foreign = await modelOf({
    nodes: [
      node('Mul', ['x', 'constant_0'], ['Add_0']),
      node('Neg', ['Add_0'], ['Mul_0']),
      node('Add', ['Mul_0', 'Add_0'], ['y']),
    ],
    inputs: { x: [2] },
    outputs: ['y', 'Mul_0'],
    initializers: { constant_0: vector(100) },
  });
  const after = new Graph();
  const y = after.input('y', 'float32', [2]);
  after.output(o.identity(o.mul(o.add(y, after.scalar(1)), after.scalar(7)), 'result'));
  const file = joinModel({ foreign, after, outputs: ['result', 'Mul_0'], metadata: {} });
  expect(await run(file, { x })).toEqual({ result: [7, 7], Mul_0: [-100, -200] });
});

test('reuses a node of the model that our graph repeats', async () => {
  const foreign = await modelOf(scaled);
  const after = new Graph();
  const fed = after.input('x', 'float32', [2]);
  const [y] = foreign.addTo(after, foreign.nodes[0], (name) =>
    name === 'x' ? fed : after.initializer(name, vector(3)),
  );
  after.output(o.identity(o.neg(y), 'result'));
  const file = joinModel({ foreign, after, shared: new Set(['w', 'y']), outputs: ['result'], metadata: {} });
  expect(protoOf(file).graph?.node.filter(({ opType }) => opType === 'Mul')).toHaveLength(1);
  expect(await run(file, { x })).toEqual({ result: [-3, -6] });
});

test('rejects inputs of other shapes', async () => {
  const model = await modelOf(scaled);
  expect(await run(model.encode(['y'], { x: ['N'] }), { x: vector(1, 2, 3) })).toEqual({ y: [3, 6, 9] });
});

test('cuts a model permanently and keeps the given stored values', async () => {
  const cut = (await modelOf(chosen(1))).cut(['r'], ['z']);
  expect(cut.outputs).toEqual(['r']);
  expect([...cut.names()].sort()).toEqual(['other', 'r', 'x', 'z']);
});

test.each([
  [new Uint8Array([1, 2, 3]), 'a.onnx: not an ONNX model, or damaged'],
  [new Uint8Array(0), 'a.onnx: not an ONNX model (no graph inside)'],
  [
    foreignOnnx({ nodes: [], inputs: { x: [1] }, outputs: ['x'] }),
    'a.onnx: not an ONNX model (no graph inside)',
  ],
])('rejects model %#', async (bytes, reason) => {
  await expect(ForeignModel.parse(bytes, 'a.onnx')).rejects.toThrow(reason);
});

test('rejects an operator of another domain', async () => {
  const model = await modelOf({
    nodes: [node('com.microsoft.Gelu', ['x'], ['y'])],
    domains: { 'com.microsoft': 1 },
    inputs: { x: [2] },
    outputs: ['y'],
  });
  expect(model.nodes[0].type).toBe('com.microsoft.Gelu');
  const graph = new Graph();
  const fed = graph.input('x', 'float32', [2]);
  expect(() => model.addTo(graph, model.nodes[0], () => fed)).toThrow('operator Gelu is not known here');
});
