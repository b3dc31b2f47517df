import { expect, test } from 'vitest';
import golden from '../../test/golden/cross-entropy.json' with { type: 'json' };
import { gradients } from '../graph/autodiff.ts';
import { Graph } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { encodeOnnx } from '../graph/proto.ts';
import { createSession } from '../runtime/node.ts';
import { tensor } from '../tensor/tensor.ts';
import { crossEntropy } from './losses.ts';

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

test('a smoothing outside [0, 1] is told', () => {
  const graph = new Graph();
  const logits = graph.input('logits', 'float32', [1, 2]);
  const labels = graph.input('labels', 'int64', [1]);
  for (const labelSmoothing of [-0.1, 1.1, Number.NaN]) {
    expect(() => crossEntropy(logits, labels, { labelSmoothing })).toThrow(
      `cross-entropy: the label smoothing is in [0, 1], got ${labelSmoothing}`,
    );
  }
});
