import { expect, test } from 'vitest';
import { createSession } from '../../runtime/node.ts';
import { random } from '../../tensor/random.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import type { Dim } from '../dim.ts';
import { Graph } from '../graph.ts';
import { encodeOnnx } from '../onnx/proto.ts';
import type { ConvTransposeAttributes } from '../ops/conv-transpose.ts';
import { builders as o } from '../ops/index.ts';
import { forGpu } from './gpu.ts';

type Options = Parameters<typeof o.convTranspose>[2];

function graphOf(options: Options, sides: readonly [Dim, Dim] = [5, 6], kernel = [3, 3]): Graph {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [2, 4, ...sides]);
  const w = graph.input('w', 'float32', [4, 3, ...kernel]);
  const bias = graph.input('b', 'float32', [3]);
  graph.output(o.identity(o.convTranspose(x, w, { ...options, bias }), 'y'));
  return graph;
}

async function run(graph: Graph, kernel: readonly number[]): Promise<Tensor> {
  const chance = random(1);
  const drawn = (...shape: number[]): Tensor => {
    const empty = tensor('float32', shape);
    return { ...empty, data: empty.data.map(() => chance.normal()) };
  };
  const session = await createSession(encodeOnnx(graph));
  const { y } = await session.run({ x: drawn(2, 4, 5, 6), w: drawn(4, 3, ...kernel), b: drawn(3) });
  await session.release();
  return y;
}

const types = (graph: Graph): string[] => graph.liveNodes().map(({ operator }) => operator.type);

test.each<[string, Options, readonly [Dim, Dim], readonly number[], string]>([
  ['cut off at the end', { strides: [2, 2], pads: [0, 0, 1, 1] }, [5, 6], [3, 3], 'Slice'],
  ['cut off at the start, more below', { strides: [2, 3], pads: [1, 2, 2, 0] }, [5, 6], [4, 3], 'Slice'],
  [
    'with less padding at the end',
    { strides: [2, 2], pads: [1, 1, 1, 1], outputPadding: [1, 1] },
    [5, 6],
    [3, 3],
    'Slice',
  ],
  [
    'cut off at the end by as much as the padding',
    { strides: [2, 2], pads: [0, 0, 1, 1], outputPadding: [1, 1] },
    [5, 6],
    [3, 3],
    'ConvTranspose',
  ],
  ['of unknown size', { strides: [2, 2], pads: [0, 0, 1, 1] }, ['H', 'W'], [3, 3], 'DepthToSpace'],
])(
  'a transposed convolution %s: rewritten evenly, with the same result',
  async (_, options, sides, kernel, by) => {
    const graph = graphOf(options, sides, [...kernel]);
    const even = forGpu(graph);
    expect(types(even)).toContain(by);
    for (const { operator, attributes } of even.liveNodes()) {
      if (operator.type !== 'ConvTranspose') continue;
      const { pads, output_padding } = attributes as ConvTransposeAttributes;
      expect(pads.slice(0, 2)).toEqual(pads.slice(2));
      expect(output_padding).toEqual([0, 0]);
    }
    const [a, b] = [await run(graph, kernel), await run(even, kernel)];
    expect(b.shape).toEqual(a.shape);
    a.data.forEach((value, i) => {
      expect(Math.abs(Number(value) - Number(b.data[i]))).toBeLessThan(1e-5);
    });
  },
);

test('keeps an even transposed convolution', () => {
  const graph = graphOf({ strides: [2, 2], pads: [1, 1, 1, 1] });
  expect(types(forGpu(graph))).toEqual([...types(graph).slice(0, -1), 'Identity', 'Identity']);
});

test('splits a value into many parts by nodes of at most seven results', async () => {
  const lengths = Array.from({ length: 60 }, (_, i) => 1 + (i % 3));
  const total = lengths.reduce((a, b) => a + b);
  const graph = new Graph();
  const parts = o.split(graph.input('x', 'float32', [total]), 0, lengths);
  for (const [i, part] of parts.entries()) graph.output(o.identity(part, `y${i}`));
  const inTurn = forGpu(graph);
  for (const { operator, outputs } of inTurn.liveNodes())
    if (operator.type === 'Split') expect(outputs.length).toBeLessThanOrEqual(7);
  expect(types(forGpu(graph, 'cuda')).filter((type) => type === 'Split').length).toBe(1);
  const session = await createSession(encodeOnnx(inTurn));
  const result = await session.run({
    x: tensor(
      'float32',
      [total],
      Float32Array.from({ length: total }, (_, i) => i),
    ),
  });
  await session.release();
  let next = 0;
  for (const [i, length] of lengths.entries()) {
    expect([...result[`y${i}`].data]).toEqual(Array.from({ length }, () => next++));
  }
});

test('rewrites what WebGPU lacks: log-softmax, arg max, 64-bit indices', async () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [3, 4]);
  const asked = graph.input('asked', 'int64', [3]);
  const found = o.argMax(x, 1);
  const chosen = o.where(o.less(graph.integers([-1]), asked), asked, found);
  const isThird = o.equal(o.argMax(x, 1, true), graph.integers([2]));
  graph.output(o.identity(o.logSoftmax(x, 1), 'logs'));
  graph.output(o.identity(o.cast(chosen, 'float32'), 'chosen'));
  graph.output(o.identity(o.cast(isThird, 'float32'), 'third'));
  const other = forGpu(graph);
  expect(types(other)).not.toContain('LogSoftmax');
  const values = [...other.inputs, ...other.liveNodes().flatMap(({ outputs }) => outputs)];
  expect(values.filter(({ dtype }) => dtype === 'int64')).toEqual([]);
  const feeds = {
    x: tensor('float32', [3, 4], [1, 7, 7, 2, -5, -9, -1, -3, 300, 0, 0, 300]),
    asked: tensor('int64', [3], [-1, -1, 1]),
  };
  const [a, b] = await Promise.all(
    [graph, other].map(async (one) => {
      const session = await createSession(encodeOnnx(one));
      const results = await session.run(feeds);
      await session.release();
      return results;
    }),
  );
  expect([...b.chosen.data]).toEqual([1, 2, 1]);
  for (const name of ['chosen', 'third']) expect(b[name]).toEqual(a[name]);
  for (const [i, value] of a.logs.data.entries())
    expect(Number(b.logs.data[i])).toBeCloseTo(Number(value), 4);
});

test('for CUDA, joins feature maps by nodes of equal parts, with the same result', async () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [2, 6, 1, 2]);
  const z = graph.input('z', 'float32', [2, 2, 1, 2]);
  const first = o.concat([x, z], 1);
  const second = o.concat([first, o.relu(z)], 1);
  for (const [name, value] of Object.entries({ first, second })) graph.output(o.identity(value, name));
  const even = forGpu(graph, 'cuda');
  expect(types(even).filter((type) => type === 'Split' || type === 'Concat')).toEqual([
    'Split',
    'Concat',
    'Concat',
  ]);
  for (const { operator, inputs } of even.liveNodes())
    if (operator.type === 'Concat') expect(new Set(inputs.map((value) => value?.shape[1])).size).toBe(1);
  const feeds = {
    x: tensor('float32', [2, 6, 1, 2], [...Array(24).keys()]),
    z: tensor('float32', [2, 2, 1, 2], [-1, -2, -3, 4, 5, 6, -7, 8]),
  };
  const [a, b] = await Promise.all(
    [graph, even].map(async (one) => {
      const session = await createSession(encodeOnnx(one));
      const results = await session.run(feeds);
      await session.release();
      return results;
    }),
  );
  expect(b).toEqual(a);
});
