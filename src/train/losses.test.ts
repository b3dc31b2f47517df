import { expect, test } from 'vitest';
import golden from '../../test/golden/cross-entropy.json' with { type: 'json' };
import soft from '../../test/golden/soft-label-losses.json' with { type: 'json' };
import { gradients } from '../graph/autodiff.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { builders as o } from '../graph/ops/index.ts';
import { createSession } from '../runtime/node.ts';
import { tensor } from '../tensor/tensor.ts';
import { crossEntropy, pixelCrossEntropy, softLabelLoss } from './losses.ts';

test.each(golden.cases)(
  'cross-entropy and its gradient as in PyTorch: label smoothing $labelSmoothing',
  async (c) => {
    const graph = new Graph();
    const logits = graph.input('logits', 'float32', golden.shape);
    const labels = graph.input('labels', 'int64', [golden.shape[0]]);
    const loss = crossEntropy(logits, labels, c);
    graph.output(o.identity(loss, 'loss'));
    graph.output(o.identity(gradients(loss, [logits])[0], 'gradient'));
    const session = await createSession(encodeOnnx(graph));
    const result = await session.run({
      logits: tensor('float32', golden.shape, golden.logits),
      labels: tensor('int64', [golden.shape[0]], golden.labels),
    });
    // float32 against float64: the loss is about 3, the gradients at most 1/6.
    expect(Math.abs(Number(result.loss.data[0]) - c.loss)).toBeLessThan(golden.tolerance);
    const errors = Array.from(result.gradient.data as Float32Array, (value, i) =>
      Math.abs(value - c.gradient[i]),
    );
    expect(Math.max(...errors)).toBeLessThan(golden.tolerance);
    await session.release();
  },
);

test('class weights: the mean over N of weighted terms as in Keras, also with smoothing', async () => {
  const [n, m] = golden.shape;
  const classWeights = Array.from({ length: m }, (_, c) => 0.5 + c);
  for (const labelSmoothing of [0, 0.1]) {
    const graph = new Graph();
    const logits = graph.input('logits', 'float32', [n, m]);
    const labels = graph.input('labels', 'int64', [n]);
    graph.output(o.identity(crossEntropy(logits, labels, { labelSmoothing, classWeights }), 'loss'));
    const session = await createSession(encodeOnnx(graph));
    const { loss } = await session.run({
      logits: tensor('float32', [n, m], golden.logits),
      labels: tensor('int64', [n], golden.labels),
    });
    await session.release();
    const terms = golden.labels.map((label, i) => {
      const row = golden.logits.slice(i * m, (i + 1) * m);
      const sum = Math.log(row.reduce((total, x) => total + Math.exp(x), 0));
      const target = (c: number): number => (c === label ? 1 - labelSmoothing : 0) + labelSmoothing / m;
      return classWeights[label] * row.reduce((total, x, c) => total - target(c) * (x - sum), 0);
    });
    expect(Number(loss.data[0])).toBeCloseTo(terms.reduce((a, b) => a + b) / n, 4);
  }
  const graph = new Graph();
  const inputs = [graph.input('logits', 'float32', [1, 2]), graph.input('labels', 'int64', [1])] as const;
  expect(() => crossEntropy(...inputs, { classWeights: [1] })).toThrow(
    'cross-entropy: a weight for each of 2 classes is needed, got 1',
  );
});

test('rejects a smoothing outside [0, 1]', () => {
  const graph = new Graph();
  const logits = graph.input('logits', 'float32', [1, 2]);
  const labels = graph.input('labels', 'int64', [1]);
  for (const labelSmoothing of [-0.1, 1.1, Number.NaN]) {
    expect(() => crossEntropy(logits, labels, { labelSmoothing })).toThrow(
      `cross-entropy: the label smoothing must be in [0, 1], got ${labelSmoothing}`,
    );
  }
});

/**
 * A loss and its gradients by some inputs, against PyTorch's: float32 against float64; the losses are about
 * 1, the gradients less.
 */
async function expectSoftLoss(
  build: (inputs: Record<'maps' | 'features' | 'weights' | 'soft' | 'labels', Value>) => Value,
  { loss: expected, ...expectedGradients }: Readonly<Record<string, number | number[]>>,
): Promise<void> {
  const [n, k, m, h, w] = soft.shape;
  const shapes = { maps: [n, h, w], features: [n, k, h, w], weights: [k, m], soft: [n, h, w] };
  const graph = new Graph();
  const input = (name: keyof typeof shapes): Value => graph.input(name, 'float32', shapes[name]);
  const inputs = {
    maps: input('maps'),
    features: input('features'),
    weights: input('weights'),
    soft: input('soft'),
    labels: graph.input('labels', 'int64', [n]),
  };
  const loss = build(inputs);
  const names = Object.keys(expectedGradients) as (keyof typeof shapes)[];
  graph.output(o.identity(loss, 'loss'));
  for (const [i, gradient] of gradients(
    loss,
    names.map((name) => inputs[name]),
  ).entries()) {
    graph.output(o.identity(gradient, `gradient_${names[i]}`));
  }
  const session = await createSession(encodeOnnx(graph));
  const result = await session.run({
    maps: tensor('float32', shapes.maps, soft.maps),
    features: tensor('float32', shapes.features, soft.features),
    weights: tensor('float32', shapes.weights, soft.weights),
    soft: tensor('float32', shapes.soft, soft.soft),
    labels: tensor('int64', [n], soft.labels),
  });
  await session.release();
  expect(Math.abs(Number(result.loss.data[0]) - Number(expected))).toBeLessThan(soft.tolerance);
  for (const name of names) {
    const values = expectedGradients[name] as number[];
    const errors = Array.from(result[`gradient_${name}`].data as Float32Array, (value, i) =>
      Math.abs(value - values[i]),
    );
    expect(Math.max(...errors), name).toBeLessThan(soft.tolerance);
  }
}

test('soft labels: the Brier score of the maps and its gradient agree with PyTorch', () =>
  expectSoftLoss(({ maps, soft: labels }) => softLabelLoss(maps, labels), soft.soft_label));

test('pixel cross-entropy weighted by soft labels, and its gradients, agree with PyTorch', () =>
  expectSoftLoss(
    ({ features, weights, labels, soft: given }) => pixelCrossEntropy(features, weights, labels, given),
    soft.pixel_cross_entropy,
  ));
