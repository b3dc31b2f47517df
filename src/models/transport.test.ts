import { describe, expect, test } from 'vitest';
import { Graph } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { createSession } from '../runtime/node.ts';
import { random } from '../tensor/random.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import { Scope } from './scope.ts';
import { enlargeMoved, stageCount, stageGrids, transport, transportGrid } from './transport.ts';

type Grid = readonly [number, number];

function draw(shape: readonly number[], seed: number, low = -1, high = 1): Tensor<'float32'> {
  const rng = random(seed);
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => rng.uniform(low, high)),
  );
}

/** Moves evidence with random weights: M at half the size, and at the picture's. */
async function move(
  image: Grid,
  cells: Grid,
  finer: readonly [stage: number, grid: Grid][],
  evidence: Tensor<'float32'>,
) {
  const [n, slots] = evidence.shape;
  const graph = new Graph();
  const feeds: Record<string, Tensor> = { evidence };
  const fed = (name: string, shape: readonly number[], seed: number) => {
    feeds[name] = draw(shape, seed, 0, 1);
    return graph.input(name, 'float32', shape);
  };
  let seed = 10;
  const scope = new Scope({
    graph,
    normalization: 'moving',
    // Large weights, so that evidence moves far.
    provide: ({ name, shape }) =>
      graph.initializer(name, draw(shape, seed++, name.endsWith('variance') ? 0.5 : -1, 1.5)),
  });
  const moved = transport(scope, {
    image: fed('image', [n, 3, ...image], 1),
    cells: fed('cells', [n, 7, ...cells], 2),
    finer: new Map(finer.map(([stage, grid]) => [stage, fed(`stage_${stage}`, [n, 5, ...grid], 3 + stage)])),
    stages: stageCount(image, cells),
    evidence: graph.input('evidence', 'float32', [n, slots, ...cells]),
  });
  graph.output(moved);
  const large = enlargeMoved(moved, image);
  graph.output(large);
  const session = await createSession(encodeOnnx(graph));
  const result = await session.run(feeds);
  await session.release();
  return { moved: result[moved.name] as Tensor<'float32'>, large: result[large.name] as Tensor<'float32'> };
}

/** The mean of each map of `[N, S, h, w]`. */
function means({ shape: [n, s, h, w], data }: Tensor<'float32'>): number[] {
  return Array.from({ length: n * s }, (_, i) => {
    const map = data.subarray(i * h * w, (i + 1) * h * w);
    return map.reduce((sum, value) => sum + value, 0) / (h * w);
  });
}

const cases: readonly [what: string, image: Grid, cells: Grid, finer: readonly [number, Grid][]][] = [
  [
    'feature maps at each stage',
    [32, 32],
    [4, 4],
    [
      [0, [16, 16]],
      [1, [8, 8]],
    ],
  ],
  ['a stage without feature maps, sides that differ', [48, 32], [6, 4], [[1, [12, 8]]]],
  ['none at all, as of tokens', [28, 28], [4, 4], []],
  [
    "odd sides, feature maps about a stage's size",
    [45, 37],
    [6, 5],
    [
      [0, [22, 18]],
      [1, [12, 10]],
    ],
  ],
];

describe.each(cases)('%s', (_, image, cells, finer) => {
  test('moves evidence without changing its sum: the mean of each map stays', async () => {
    const evidence = draw([2, 3, ...cells], 5);
    const { moved, large } = await move(image, cells, finer, evidence);
    expect(moved.shape).toEqual([2, 3, ...transportGrid(image)]);
    expect(large.shape).toEqual([2, 3, ...image]);
    const before = means(evidence);
    for (const after of [means(moved), means(large)]) {
      for (const [i, mean] of after.entries()) expect(mean).toBeCloseTo(before[i], 5);
    }
    // It is not uniform: evidence was moved.
    expect(Math.max(...moved.data)).toBeGreaterThan(2 * Math.max(...before));
  });

  test('without evidence, the map is zero', async () => {
    const evidence = draw([1, 2, ...cells], 6);
    evidence.data.fill(0, 0, cells[0] * cells[1]);
    const { large } = await move(image, cells, finer, evidence);
    const first = large.data.subarray(0, image[0] * image[1]);
    expect(first.every((value) => value === 0)).toBe(true);
    expect(large.data.every((value) => Number.isFinite(value))).toBe(true);
  });
});

test('moves evidence of a class to where the class has more evidence', async () => {
  const cells: Grid = [4, 4];
  const evidence = tensor('float32', [1, 2, ...cells]);
  evidence.data.fill(0.1);
  evidence.data[0] = 1; // evidence of the first class in one corner,
  evidence.data[16 + 15] = 1; // of the second in the other
  const { moved } = await move([32, 32], cells, [], evidence);
  const half = (map: number, from: number): number =>
    moved.data.subarray(map * 256 + from, map * 256 + from + 128).reduce((sum, value) => sum + value, 0);
  expect(half(0, 0) / half(0, 128)).toBeGreaterThan(half(1, 0) / half(1, 128));
});

test('stages start at half the size and halve down to the last one finer than the cells', () => {
  const grids = (image: number, cells: number): readonly number[] =>
    stageGrids([image, image], stageCount([image, image], [cells, cells])).map(([rows]) => rows);
  expect(grids(320, 10)).toEqual([160, 80, 40, 20]);
  expect(grids(224, 14)).toEqual([112, 56, 28]);
  expect(grids(299, 8)).toEqual([150, 75, 38, 19]);
  // Cells as fine as half the picture still have a decoder.
  expect(grids(32, 16)).toEqual([16]);
});

test('rejects a size that would take gigabytes', () => {
  const graph = new Graph();
  const scope = new Scope({
    graph,
    normalization: 'moving',
    provide: ({ name, shape }) => graph.input(name, 'float32', shape),
  });
  const build = (): unknown =>
    transport(scope, {
      image: graph.input('image', 'float32', [1, 3, 1024, 1024]),
      cells: graph.input('cells', 'float32', [1, 7, 32, 32]),
      finer: new Map(),
      stages: 4,
      evidence: graph.input('evidence', 'float32', [1, 1, 32, 32]),
    });
  expect(build).toThrow('at 1024 x 1024 there are 268435456');
});
