import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { random } from '../../tensor/random.ts';
import { tensor } from '../../tensor/tensor.ts';
import { Graph, type Value } from '../graph.ts';
import { builders as o } from '../ops/index.ts';
import { ModelProtoSchema } from './onnx-schema.ts';
import { decodeOnnx, encodeOnnx } from './proto.ts';

function example(): Graph {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['N', 3, 'H', 'W']);
  const w = graph.initializer('w', tensor('float32', [4, 3, 3, 3], Array(108).fill(0.5)));
  const y = o.maxPool(o.relu(o.conv(x, w, { pads: [1, 1, 1, 1] })), 2);
  graph.output(o.identity(y, 'y'));
  graph.output(o.identity(o.argMax(o.reduceMean(y, [2, 3]), 1), 'index'));
  return graph;
}

test('a graph is unchanged after encoding and decoding: names, types, shapes, weights, metadata', () => {
  const bytes = encodeOnnx(example(), { type: 'half' });
  const { graph, metadata } = decodeOnnx(bytes);
  expect(metadata).toEqual({ type: 'half' });
  expect(graph.outputs.map(({ name, dtype, shape }) => ({ name, dtype, shape }))).toEqual([
    { name: 'y', dtype: 'float32', shape: ['N', 4, 'H/2', 'W/2'] },
    { name: 'index', dtype: 'int64', shape: ['N'] },
  ]);
  expect(graph.initializers.find(({ name }) => name === 'w')?.content?.data).toEqual(
    new Float32Array(108).fill(0.5),
  );
  expect(encodeOnnx(graph, metadata)).toEqual(bytes);
});

test('writing a model file again gives the same bytes', () => {
  const bytes = readFileSync(join(import.meta.dirname, '../../../models/scenes.onnx'));
  const { graph, metadata } = decodeOnnx(bytes, 'scenes.onnx');
  expect(Buffer.compare(encodeOnnx(graph, metadata), bytes)).toBe(0);
});

test('a file declares the operator set that its nodes need', () => {
  const versionOf = (bytes: Uint8Array): number =>
    Number(fromBinary(ModelProtoSchema, bytes).opsetImport[0].version);
  const normalized = (build: (x: Value) => Value): Uint8Array => {
    const graph = new Graph();
    graph.output(o.identity(build(graph.input('x', 'float32', ['N', 4, 6])), 'y'));
    return encodeOnnx(graph);
  };
  const inGroups =
    (length: number) =>
    (x: Value): Value => {
      const factors = x.graph.constant(tensor('float32', [length]));
      return o.groupNormalization(x, { scale: factors, bias: factors, groups: 2, epsilon: 1 });
    };
  const files = [o.relu, inGroups(2), o.gelu, inGroups(4), (x: Value) => o.gelu(o.swish(x, 1))].map((build) =>
    normalized((x) => build(x)),
  );
  expect(files.map(versionOf)).toEqual([18, 18, 20, 21, 24]);
  for (const file of files) expect(encodeOnnx(decodeOnnx(file).graph)).toEqual(file);
});

test.each([17n, 25n])('rejects operator set %i', (version) => {
  const model = fromBinary(ModelProtoSchema, encodeOnnx(example()));
  model.opsetImport[0].version = version;
  expect(() => decodeOnnx(toBinary(ModelProtoSchema, model), 'a.onnx')).toThrow(
    `a.onnx: operator set 18 to 24 is needed, the file has ${version}`,
  );
});

test('rejects a file that is not a model, naming it', () => {
  expect(() => decodeOnnx(new Uint8Array(0), 'a.onnx')).toThrow('a.onnx: not an ONNX model');
  expect(() => decodeOnnx(new TextEncoder().encode('hello, world, this is text'), 'a.onnx')).toThrow(
    'a.onnx',
  );
});

test('reading a damaged model gives a graph or an error that names the file', () => {
  const bytes = encodeOnnx(example());
  const rng = random(3);
  for (let i = 0; i < 5000; i++) {
    const broken = bytes.slice(0, rng.next() < 0.3 ? rng.integer(bytes.length) : bytes.length);
    for (let k = 0; k < 3 && broken.length > 0; k++) broken[rng.integer(broken.length)] = rng.integer(256);
    try {
      decodeOnnx(broken, 'a.onnx');
    } catch (error) {
      expect((error as Error).message).toMatch(/^a\.onnx: /);
      expect((error as Error).cause ?? error).not.toBeInstanceOf(TypeError);
      expect((error as Error).cause ?? error).not.toBeInstanceOf(RangeError);
    }
  }
});
