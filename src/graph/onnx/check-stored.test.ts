import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { foreignOnnx, graphOf, halfProto, node } from '../../../test/helpers/foreign-onnx.ts';
import { tensor } from '../../tensor/tensor.ts';
import { SparseTensorProtoSchema, TensorProtoSchema } from './onnx-schema.ts';
import { parseModel } from './proto.ts';

const wide = [40_000n, 40_000n];
const proto = (fields: object) => create(TensorProtoSchema, { name: 'w', dataType: 1, ...fields });
const modelWith = (parts: Partial<Parameters<typeof foreignOnnx>[0]>) =>
  foreignOnnx({ nodes: [node('Relu', ['x'], ['y'])], inputs: { x: [1] }, outputs: ['y'], ...parts });
const constant = (one: ReturnType<typeof proto>) => node('Constant', [], ['c'], { value: { tensor: one } });
const cut = proto({ dims: wide, rawData: new Uint8Array(4) });

test.each([
  ['an initializer', modelWith({ protos: [cut] }), 1],
  ['an initializer of a few floats', modelWith({ protos: [proto({ dims: wide, floatData: [1, 2] })] }), 2],
  ['an initializer without numbers', modelWith({ protos: [proto({ dims: wide })] }), 0],
  ['a constant', modelWith({ nodes: [constant(cut)] }), 1],
  [
    'a constant in a graph inside a node',
    modelWith({
      nodes: [node('If', ['x'], ['y'], { then_branch: graphOf({ nodes: [constant(cut)], outputs: ['c'] }) })],
    }),
    1,
  ],
])('rejects %s that declares more numbers than the file has', (_, bytes, held) => {
  expect(() => parseModel(bytes, 'a.onnx')).toThrow(
    `a.onnx: weight 'w' of shape [40000,40000] has 1600000000 numbers, the file holds ${held}`,
  );
});

test('rejects a negative shape', () => {
  const bytes = modelWith({ protos: [proto({ dims: [-2n, -2n], floatData: [1, 2, 3, 4] })] });
  expect(() => parseModel(bytes, 'a.onnx')).toThrow("a.onnx: weight 'w' has the shape [-2,-2]");
});

test('counts sparse values as dense ones', () => {
  const sparse = create(SparseTensorProtoSchema, {
    dims: wide,
    values: proto({ dims: [1n], floatData: [1] }),
    indices: create(TensorProtoSchema, { dims: [1n], dataType: 7, int64Data: [0n] }),
  });
  const one = node('Constant', [], ['c'], {});
  one.attribute.push(...constant(cut).attribute.map((of) => ({ ...of, t: undefined, sparseTensor: sparse })));
  expect(() => parseModel(modelWith({ nodes: [one] }), 'a.onnx')).toThrow(
    "a.onnx: its sparse values 'w' take 6400000000 bytes, more than the limit of 268435456",
  );
});

test('reads all ways to store numbers', () => {
  const packed = proto({ dataType: 22, dims: [5n], int32Data: [1, 2, 3] });
  const protos = [
    halfProto('h', [2, 2], [1, 2, 3, 4]),
    proto({ name: 'e', dims: [0n, 7n] }),
    packed,
    proto({ name: 's', dataType: 8, dims: [1n], stringData: [new Uint8Array(3)] }),
    proto({ name: 'o', dims: wide, externalData: [{ key: 'location', value: 'o.bin' }] }),
  ];
  const initializers = { a: tensor('float64', [3], [1, 2, 3]), b: tensor('bool', [], [1]) };
  expect(parseModel(modelWith({ protos, initializers }), 'a.onnx').graph?.initializer).toHaveLength(7);
});
