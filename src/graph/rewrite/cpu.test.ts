import { expect, test } from 'vitest';
import { createSession } from '../../runtime/node.ts';
import { random } from '../../tensor/random.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { Graph, type Value } from '../graph.ts';
import { encodeOnnx } from '../onnx/proto.ts';
import { builders as o } from '../ops/index.ts';
import { forCpu } from './cpu.ts';

const large = [2, 3, 32, 34];

interface Form {
  inputs: number[][];
  build: (inputs: Value[]) => Value;
  from: string;
  to: string;
  purpose: 'inference' | 'training';
}

/** A function of random inputs, whose graph has operators of one type replaced by those of another. */
const forms: Record<string, Form> = {
  'batch norm': {
    inputs: [large, [3], [3], [3], [3]],
    build: ([x, scale, bias, mean, v]) =>
      o.relu(o.batchNormalization(x, { scale, bias, mean, variance: o.mul(v, v), epsilon: 1e-3 })),
    from: 'BatchNormalization',
    to: 'Conv',
    purpose: 'training',
  },
  'convolution from many channels to few': {
    inputs: [
      [2, 16, 5, 6],
      [2, 16, 3, 3],
    ],
    build: ([x, w]) => o.conv(x, w, { pads: [1, 1, 1, 1] }),
    from: 'Conv',
    to: 'ConvTranspose',
    purpose: 'training',
  },
  'the same, padded on one side': {
    inputs: [
      [2, 16, 5, 6],
      [2, 16, 3, 2],
    ],
    build: ([x, w]) => o.conv(x, w, { pads: [0, 0, 2, 1] }),
    from: 'Conv',
    to: 'ConvTranspose',
    purpose: 'training',
  },
  'transposed convolution that doubles the size': {
    inputs: [[2, 4, 5, 6], [4, 3, 3, 3], [3]],
    build: ([x, w, bias]) => o.relu(o.convTranspose(x, w, { strides: [2, 2], pads: [0, 0, 1, 1], bias })),
    from: 'ConvTranspose',
    to: 'DepthToSpace',
    purpose: 'inference',
  },
};

test.each(Object.entries(forms))(
  '%s: rewritten, with the same result',
  async (_, { inputs, build, from, to, purpose }) => {
    const graph = new Graph();
    graph.output(o.identity(build(inputs.map((shape, i) => graph.input(`x${i}`, 'float32', shape))), 'y'));
    const faster = forCpu(graph, purpose);
    const has = (g: Graph, type: string): boolean =>
      g.liveNodes().some(({ operator }) => operator.type === type);
    expect([has(graph, from), has(graph, to), has(faster, from), has(faster, to)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    const chance = random(1);
    const feeds = Object.fromEntries(
      inputs.map((shape, i) => {
        const x = tensor('float32', shape);
        return [`x${i}`, { ...x, data: x.data.map(() => chance.normal()) }];
      }),
    );
    const [a, b] = [await run(graph, feeds), await run(faster, feeds)];
    expect(b.shape).toEqual(a.shape);
    a.data.forEach((value, i) => {
      expect(Math.abs(Number(value) - Number(b.data[i]))).toBeLessThan(1e-4);
    });
  },
);

test('keeps small maps, few channels and other strides unchanged', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [2, 8, 6, 6]);
  const [g, b, m, v] = ['g', 'b', 'm', 'v'].map((name) => graph.input(name, 'float32', [8]));
  const kernel = graph.input('w', 'float32', [4, 8, 3, 3]);
  const up = graph.input('up', 'float32', [4, 2, 2, 2]);
  const y = o.conv(o.batchNormalization(x, { scale: g, bias: b, mean: m, variance: v, epsilon: 1 }), kernel);
  graph.output(o.identity(o.convTranspose(y, up, { strides: [2, 2] }), 'y'));
  const types = (of: Graph): string[] => of.liveNodes().map(({ operator }) => operator.type);
  const faster = forCpu(graph, 'training');
  expect(types(faster)).toEqual([...types(graph), 'Identity']);
});

test('keeps batch norm of volumes unchanged, at any size', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [1, 3, 40, 40, 2]);
  const [scale, bias, mean, variance] = ['g', 'b', 'm', 'v'].map((name) => graph.input(name, 'float32', [3]));
  graph.output(o.batchNormalization(x, { scale, bias, mean, variance, epsilon: 1 }));
  const types = forCpu(graph, 'training').nodes.map(({ operator }) => operator.type);
  expect(types).toEqual(['BatchNormalization', 'Identity']);
});

async function run(graph: Graph, feeds: Record<string, Tensor>): Promise<Tensor> {
  const session = await createSession(encodeOnnx(graph));
  const { y } = await session.run(feeds);
  await session.release();
  return y;
}
