import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { random } from '../../tensor/random.ts';
import { tensor } from '../../tensor/tensor.ts';
import { Graph } from '../graph.ts';
import { builders as o } from '../ops/index.ts';
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

test('a graph goes to bytes and back: names, types, symbolic shapes, weights, attributes, metadata', () => {
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

test('a model file has the same bytes when it is written anew', () => {
  const bytes = readFileSync(join(import.meta.dirname, '../../../models/photo15.onnx'));
  const { graph, metadata } = decodeOnnx(bytes, 'photo15.onnx');
  expect(Buffer.compare(encodeOnnx(graph, metadata), bytes)).toBe(0);
});

test('what is no model is an error that names the file', () => {
  expect(() => decodeOnnx(new Uint8Array(0), 'a.onnx')).toThrow('a.onnx: not an ONNX model');
  expect(() => decodeOnnx(new TextEncoder().encode('hello, world, this is text'), 'a.onnx')).toThrow(
    'a.onnx',
  );
});

test('damaged models give a graph or an error that names the file, never anything else', () => {
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
