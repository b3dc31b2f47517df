import { create } from '@bufbuild/protobuf';
import { expect, test, vi } from 'vitest';
import { foreignOnnx, graphOf, node, onnxType } from '../../../test/helpers/foreign-onnx.ts';
import { createSession } from '../../runtime/node.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { ReadBeside } from './external-data.ts';
import { ForeignModel } from './foreign-model.ts';
import {
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from './onnx-schema.ts';

function outside(
  name: string,
  dims: number[],
  place: Record<string, string>,
  dataType: number = onnxType.float32,
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(place).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
  });
}

/** A model that adds its weights to x. */
function modelOf(...protos: TensorProto[]): Uint8Array {
  return foreignOnnx({
    nodes: [node('Sum', ['x', ...protos.map(({ name }) => name)], ['y'])],
    inputs: { x: [2] },
    outputs: ['y'],
    protos,
  });
}

const bytesOf = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

async function run(bytes: Uint8Array, readBeside?: ReadBeside): Promise<number[]> {
  const model = await ForeignModel.parse(bytes, 'a.onnx', readBeside);
  const session = await createSession(model.encode(['y']), { purpose: 'once' });
  const { y } = await session.run({ x: tensor('float32', [2], [1, 2]) });
  await session.release();
  return Array.from(y.data, Number);
}

test('reads weights of two files at their offsets, each file once', async () => {
  const readBeside = vi.fn(async (location: string) =>
    location === 'a.bin' ? bytesOf(9, 10, 20, 30, 40) : bytesOf(100, 200),
  );
  const model = modelOf(
    outside('u', [2], { location: 'a.bin', offset: '4', length: '8' }),
    outside('v', [2], { location: 'a.bin', offset: '12' }),
    outside('w', [2], { location: './sub/b.bin' }),
  );
  expect(await run(model, readBeside)).toEqual([1 + 10 + 30 + 100, 2 + 20 + 40 + 200]);
  expect(readBeside.mock.calls).toEqual([['a.bin'], ['./sub/b.bin']]);
});

test('accepts a file with more data than needed, also without a length', async () => {
  const model = modelOf(outside('w', [2], { location: 'a.bin' }));
  expect(await run(model, async () => bytesOf(5, 6, 7, 8))).toEqual([6, 8]);
});

test('reads weights of Constant nodes and of graphs inside nodes', async () => {
  const place = { location: 'a.bin', offset: '4' };
  const branch = (name: string) =>
    graphOf({
      nodes: [node('Add', ['x', name], [`${name}/sum`])],
      protos: [outside(name, [2], place)],
      outputs: [`${name}/sum`],
    });
  const model = foreignOnnx({
    nodes: [
      node('Constant', [], ['c'], { value: { tensor: outside('', [2], { location: 'a.bin' }) } }),
      node('If', ['yes'], ['inner'], { then_branch: branch('t'), else_branch: branch('e') }),
      node('Add', ['inner', 'c'], ['y']),
    ],
    initializers: { yes: tensor('bool', [], [1]) },
    inputs: { x: [2] },
    outputs: ['y'],
  });
  expect(await run(model, async () => bytesOf(5, 6, 7))).toEqual([1 + 5 + 6, 2 + 6 + 7]);
});

test('reads no file if the weights are inside the model', async () => {
  const readBeside = vi.fn(async () => bytesOf(1));
  const model = foreignOnnx({
    nodes: [node('Add', ['x', 'w'], ['y'])],
    inputs: { x: [2] },
    outputs: ['y'],
    initializers: { w: tensor('float32', [2], [1, 1]) },
  });
  expect(await run(model, readBeside)).toEqual([2, 3]);
  expect(readBeside).not.toHaveBeenCalled();
});

test('rejects external data without a reader', async () => {
  await expect(run(modelOf(outside('w', [2], { location: 'a.bin' })))).rejects.toThrow(
    "a.onnx: its weights are in another file, 'a.bin', which cannot be read here",
  );
});

test.each([
  '../a.bin',
  'sub/../../a.bin',
  '..\\a.bin',
  '/etc/passwd',
  '\\\\host\\a',
  'C:\\a.bin',
  'c:a.bin',
  '',
])("rejects the location '%s'", async (location) => {
  const readBeside = vi.fn(async () => bytesOf(1, 2));
  await expect(run(modelOf(outside('w', [2], { location })), readBeside)).rejects.toThrow(
    `a.onnx: weights are read only from the model's folder, it names '${location}'`,
  );
  expect(readBeside).not.toHaveBeenCalled();
});

test.each([
  ['one weight', [outside('w', [2 ** 16, 2 ** 13], { location: 'a.bin' })], 2 ** 31],
  [
    'the sum, with lengths and without',
    [
      outside('v', [2 ** 28], { location: 'a.bin', length: String(2 ** 30) }),
      outside('w', [2 ** 28], { location: 'b.bin' }),
      outside('x1', [2], { location: 'b.bin' }, onnxType.int64),
    ],
    2 ** 31 + 16,
  ],
])('rejects more than 2 GB (%s) before reading a file', async (_, protos, total) => {
  const readBeside = vi.fn(async () => bytesOf(1, 2));
  await expect(run(modelOf(...protos), readBeside)).rejects.toThrow(
    `a.onnx: its weights have ${total} bytes, an ONNX file holds at most 2 GB`,
  );
  expect(readBeside).not.toHaveBeenCalled();
});

test.each([
  [{ offset: '4' }, [2], "weight 'w' lies in bytes 4 to 12 of 'a.bin', which has 8"],
  [{ offset: '400' }, [2], "weight 'w' lies in bytes 400 to 408 of 'a.bin', which has 8"],
  [{ offset: '-4' }, [2], "weight 'w' takes 8 bytes from -4 on in 'a.bin'"],
  [{ offset: 'four' }, [2], "weight 'w' takes 8 bytes from NaN on in 'a.bin'"],
  [{}, [-2], "weight 'w' takes -8 bytes from 0 on in 'a.bin'"],
  [{ length: '4' }, [2], "weight 'w' has 4 bytes in 'a.bin', [2] needs 8"],
  [{ length: '-8' }, [2], "weight 'w' has -8 bytes in 'a.bin', [2] needs 8"],
])('rejects %j of %j', async (place, dims, reason) => {
  const model = modelOf(outside('w', dims, { location: 'a.bin', ...place }));
  await expect(run(model, async () => bytesOf(1, 2))).rejects.toThrow(`a.onnx: ${reason}`);
});

test('passes on errors of the reader', async () => {
  const model = modelOf(outside('w', [2], { location: 'a.bin' }));
  const failing = async (): Promise<Uint8Array> => {
    throw new Error('no such file');
  };
  await expect(run(model, failing)).rejects.toThrow('a.onnx: no such file');
});
