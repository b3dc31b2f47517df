import { expect, test } from 'vitest';
import { gradients } from '../graph/autodiff.ts';
import { Graph } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { encodeOnnx } from '../graph/proto.ts';
import { createSession } from '../runtime/node.ts';
import { tensor } from '../tensor/tensor.ts';
import { adadelta } from './optimizers.ts';

test('ten steps of Adadelta on a parabola follow the algorithm in float64', async () => {
  const graph = new Graph();
  const [w, a, d] = ['w', 'a', 'd'].map((name) => graph.input(name, 'float32', [2]));
  const centre = graph.constant(tensor('float32', [2], [3, -1]));
  const offset = o.sub(w, centre);
  const [g] = gradients(o.reduceSum(o.mul(offset, offset), [0]), [w]);
  const after = adadelta().update(w, g, [a, d], graph.scalar(0.7));
  for (const [name, value] of Object.entries({ w: after.parameter, a: after.slots[0], d: after.slots[1] })) {
    graph.output(o.identity(value, `${name}_next`));
  }
  const session = await createSession(encodeOnnx(graph));
  let state = { w: tensor('float32', [2], [0, 0]), a: tensor('float32', [2]), d: tensor('float32', [2]) };
  const expected = { w: [0, 0], a: [0, 0], d: [0, 0] };
  for (let step = 0; step < 10; step++) {
    const next = await session.run(state);
    state = { w: next.w_next, a: next.a_next, d: next.d_next } as typeof state;
    for (const i of [0, 1]) {
      const slope = 2 * (expected.w[i] - [3, -1][i]);
      expected.a[i] = 0.95 * expected.a[i] + 0.05 * slope ** 2;
      const update = (slope * Math.sqrt(expected.d[i] + 1e-7)) / Math.sqrt(expected.a[i] + 1e-7);
      expected.d[i] = 0.95 * expected.d[i] + 0.05 * update ** 2;
      expected.w[i] -= 0.7 * update;
    }
  }
  for (const key of ['w', 'a', 'd'] as const) {
    for (const i of [0, 1]) expect(state[key].data[i] / expected[key][i]).toBeCloseTo(1, 4);
  }
});
