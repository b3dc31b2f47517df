import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { StringStringEntryProtoSchema, type TensorProto, TensorProtoSchema } from './onnx-schema.ts';
import { readTensor, tensorProto } from './tensor-proto.ts';

type Fields = Parameters<typeof create<typeof TensorProtoSchema>>[1];

const protoOf = (dataType: number, dims: number[], fields: Fields): TensorProto =>
  create(TensorProtoSchema, { name: 'w', dataType, dims: dims.map(BigInt), ...fields } as Fields);

const stored: Readonly<Record<string, Tensor>> = {
  float32: tensor('float32', [2, 1], [1.5, -2]),
  float64: tensor('float64', [2], [0.1, -2]),
  uint8: tensor('uint8', [3], [0, 7, 255]),
  int32: tensor('int32', [2], [-7, 2 ** 30]),
  int64: tensor('int64', [2], BigInt64Array.of(-7n, 2n ** 40n)),
  bool: tensor('bool', [2], [1, 0]),
  'a scalar': tensor('float32', [], [3]),
  'no element': tensor('float32', [0, 4], []),
};

test.each(Object.keys(stored))('%s is unchanged after encoding and decoding as raw bytes', (name) => {
  expect(readTensor(tensorProto('w', stored[name]))).toEqual(stored[name]);
});

test.each([
  ['float_data', protoOf(1, [2, 1], { floatData: [1.5, -2] }), stored.float32],
  ['double_data', protoOf(11, [2], { doubleData: [0.1, -2] }), stored.float64],
  ['int32_data of uint8', protoOf(2, [3], { int32Data: [0, 7, 255] }), stored.uint8],
  ['int32_data of int32', protoOf(6, [2], { int32Data: [-7, 2 ** 30] }), stored.int32],
  ['int64_data', protoOf(7, [2], { int64Data: [-7n, 2n ** 40n] }), stored.int64],
  ['int32_data of bool', protoOf(9, [2], { int32Data: [1, 0] }), stored.bool],
  [
    'int32_data of float16',
    protoOf(10, [2], { int32Data: [0x3c00, 0xc000] }),
    tensor('float32', [2], [1, -2]),
  ],
  [
    'raw float16',
    protoOf(10, [2], { rawData: Uint8Array.of(0x00, 0x3c, 0x00, 0xc0) }),
    tensor('float32', [2], [1, -2]),
  ],
  [
    'int32_data of bfloat16',
    protoOf(16, [2], { int32Data: [0x3f80, 0xc049] }),
    tensor('float32', [2], [1, -3.140625]),
  ],
  [
    'raw bfloat16',
    protoOf(16, [2], { rawData: Uint8Array.of(0x80, 0x3f, 0x49, 0xc0) }),
    tensor('float32', [2], [1, -3.140625]),
  ],
  ['float16 without an element', protoOf(10, [0], {}), tensor('float32', [0], [])],
])('%s', (_, proto, wanted) => {
  expect(readTensor(proto)).toEqual(wanted);
});

test('copies raw bytes at an unaligned position', () => {
  const bytes = new Uint8Array([9, ...new Uint8Array(Float32Array.of(1.5, -2).buffer)]);
  const { data } = readTensor(protoOf(1, [2, 1], { rawData: bytes.subarray(1) }));
  bytes.fill(0);
  expect(data).toEqual(Float32Array.of(1.5, -2));
});

test.each([
  [protoOf(1, [2], { rawData: new Uint8Array(7) }), "weight 'w' holds 7 bytes, [2] needs 8"],
  [protoOf(1, [2], { floatData: [1, 2, 3] }), "weight 'w' holds 3 numbers, [2] needs 2"],
  [protoOf(1, [2], {}), "weight 'w' holds 0 bytes, [2] needs 8"],
  [protoOf(1, [-1, -2], { floatData: [1, 2] }), "weight 'w' holds 2 numbers, [-1,-2] needs 2"],
  [protoOf(10, [3], { rawData: new Uint8Array(5) }), "weight 'w' holds 5 bytes, [3] needs 6"],
  [protoOf(10, [3], { int32Data: [0] }), "weight 'w' holds 1 numbers, [3] needs 3"],
  [protoOf(8, [1], { stringData: [new Uint8Array(1)] }), 'ONNX: element type 8 is not supported'],
  [protoOf(3, [1], { rawData: new Uint8Array(1) }), 'ONNX: element type 3 is not supported'],
  [
    protoOf(1, [1], {
      externalData: [create(StringStringEntryProtoSchema, { key: 'location', value: 'a' })],
    }),
    "weight 'w' is not in this file",
  ],
])('rejects tensor %#', (proto, reason) => {
  expect(() => readTensor(proto)).toThrow(reason);
});
