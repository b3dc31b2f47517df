/** Gradients where central differences fail: at kinks, compared with PyTorch 2.14, and far from zero. */
import { describe, expect, test } from 'vitest';
import { createSession } from '../../runtime/node.ts';
import { tensor } from '../../tensor/tensor.ts';
import { gradients } from '../autodiff.ts';
import { Graph, type Value } from '../graph.ts';
import { encodeOnnx } from '../onnx/proto.ts';
import { builders as o } from './index.ts';

/** The gradients of the result's sum by all inputs, concatenated. */
async function slopes(
  inputs: readonly (readonly number[])[],
  build: (x: Value[]) => Value,
): Promise<number[]> {
  const graph = new Graph();
  const values = inputs.map(({ length }, i) => graph.input(`x${i}`, 'float32', [length]));
  const all = gradients(o.reduceSum(build(values), [0]), values).map((d) => o.identity(d));
  for (const value of all) graph.output(value);
  const session = await createSession(encodeOnnx(graph), { purpose: 'training' });
  const results = await session.run(
    Object.fromEntries(inputs.map((x, i) => [`x${i}`, tensor('float32', [x.length], x)])),
  );
  await session.release();
  return all.flatMap(({ name }) => Array.from(results[name].data, Number));
}

type Case = [title: string, inputs: number[][], build: (x: Value[]) => Value, expected: number[]];

test.each<Case>([
  ['Abs', [[0]], ([x]) => o.abs(x), [0]],
  ['Celu', [[0]], ([x]) => o.celu(x, 0.7), [1]],
  ['Clip', [[0, 6]], ([x]) => o.clip(x, 0, 6), [0, 0]],
  ['Clip from below', [[0]], ([x]) => o.clip(x, 0), [1]],
  ['Clip from above', [[6]], ([x]) => o.clip(x, undefined, 6), [1]],
  ['Elu', [[0]], ([x]) => o.elu(x, 0.7), [0.7]],
  ['HardSigmoid', [[-3, 3]], ([x]) => o.hardSigmoid(x, 1 / 6, 0.5), [0, 0]],
  ['HardSwish', [[-3, 3]], ([x]) => o.hardSwish(x), [0, 1]],
  ['LeakyRelu', [[0]], ([x]) => o.leakyRelu(x, 0.1), [0.1]],
  ['Max', [[2], [2]], (x) => o.max(x), [0.5, 0.5]],
  ['Min', [[2], [2]], (x) => o.min(x), [0.5, 0.5]],
  [
    'Pow',
    [
      [0, 0],
      [0, 2],
    ],
    ([x, e]) => o.pow(x, e),
    [0, 0, 0, 0],
  ],
  ['PRelu', [[0], [0.3]], ([x, slope]) => o.pRelu(x, slope), [0.3, 0]],
  ['Selu', [[0]], ([x]) => o.selu(x, 1.6732632, 1.050701), [1.7580993]],
  ['ThresholdedRelu', [[2]], ([x]) => o.thresholdedRelu(x, 2), [0]],
])('%s: gradient at its kinks', async (_title, inputs, build, expected) => {
  (await slopes(inputs, build)).forEach((slope, i) => {
    expect(slope).toBeCloseTo(expected[i], 6);
  });
});

test('LpNormalization of a zero vector has the gradient 0', async () => {
  for (const p of [1, 2] as const) {
    expect(await slopes([[0, 0]], ([x]) => o.lpNormalization(x, 0, p))).toEqual([0, 0]);
  }
});

test('the maximum of infinities has a gradient', async () => {
  const least = Number.NEGATIVE_INFINITY;
  expect(
    await slopes(
      [
        [least, 1],
        [least, least],
      ],
      (x) => o.max(x),
    ),
  ).toEqual([0.5, 1, 0.5, 0]);
});

describe('far from zero the slope is that of the asymptote', () => {
  test.each<[string, (x: Value) => Value, [number, number]]>([
    ['Celu', (x) => o.celu(x, 1), [0, 1]],
    ['Elu', (x) => o.elu(x, 1), [0, 1]],
    ['Erf', (x) => o.erf(x), [0, 0]],
    ['Gelu', (x) => o.gelu(x), [0, 1]],
    ['Gelu, approximate', (x) => o.gelu(x, 'tanh'), [0, 1]],
    ['HardSwish', (x) => o.hardSwish(x), [0, 1]],
    ['Mish', (x) => o.mish(x), [0, 1]],
    ['Selu', (x) => o.selu(x, 1.67, 1.05), [0, 1.05]],
    ['Sigmoid', (x) => o.sigmoid(x), [0, 0]],
    ['Softplus', (x) => o.softplus(x), [0, 1]],
    ['Swish', (x) => o.swish(x, 1), [0, 1]],
    ['Tanh', (x) => o.tanh(x), [0, 0]],
  ])('%s', async (_title, build, [left, right]) => {
    const [a, b, c, d] = await slopes([[-1000, -100, 100, 1000]], ([x]) => build(x));
    for (const slope of [a, b]) expect(slope).toBeCloseTo(left, 6);
    for (const slope of [c, d]) expect(slope).toBeCloseTo(right, 6);
  });
});
