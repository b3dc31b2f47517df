import { expect, test } from 'vitest';
import { gradients } from '../graph/autodiff.ts';
import { Graph } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { builders as o } from '../graph/ops/index.ts';
import { createSession } from '../runtime/node.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { adadelta, adam, adamw, type Optimizer, optimizers, sgd } from './optimizers.ts';

/** A rule as its paper states it, in float64: from the gradient to the parameter after step t = 1, 2, ... */
type Rule = (w: number, g: number, lr: number, t: number) => number;

const rules: Record<string, { optimizer: Optimizer; rule: () => Rule }> = {
  adadelta: {
    optimizer: adadelta(),
    rule: () => {
      let [a, d] = [0, 0];
      return (w, g, lr) => {
        a = 0.95 * a + 0.05 * g ** 2;
        const u = (g * Math.sqrt(d + 1e-7)) / Math.sqrt(a + 1e-7);
        d = 0.95 * d + 0.05 * u ** 2;
        return w - lr * u;
      };
    },
  },
  sgd: { optimizer: sgd(), rule: () => (w, g, lr) => w - lr * g },
  'sgd with momentum': { optimizer: sgd({ momentum: 0.9 }), rule: () => momentum(false) },
  "sgd with Nesterov's momentum": {
    optimizer: sgd({ momentum: 0.9, nesterov: true }),
    rule: () => momentum(true),
  },
  adam: { optimizer: adam(), rule: () => moments(0.9, 0.999, 0) },
  'adam with other betas': { optimizer: adam({ betas: [0, 0.5] }), rule: () => moments(0, 0.5, 0) },
  adamw: { optimizer: adamw({ weightDecay: 0.3 }), rule: () => moments(0.9, 0.999, 0.3) },
};

function momentum(nesterov: boolean): Rule {
  let v = 0;
  return (w, g, lr) => {
    v = 0.9 * v + g;
    return w - lr * (nesterov ? g + 0.9 * v : v);
  };
}

function moments(b1: number, b2: number, decay: number): Rule {
  let [m, v] = [0, 0];
  return (w, g, lr, t) => {
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g ** 2;
    const step = m / (1 - b1 ** t) / (Math.sqrt(v / (1 - b2 ** t)) + 1e-8);
    return w * (1 - lr * decay) - lr * step;
  };
}

test.each(Object.keys(rules))('twenty steps on a parabola, with the rate halved midway: %s', async (name) => {
  const { optimizer, rule } = rules[name];
  const graph = new Graph();
  const [w, ...slots] = ['w', ...optimizer.slots].map((name) => graph.input(name, 'float32', [2]));
  const counters = optimizer.counters.map((name) => graph.input(name, 'float32', []));
  const lr = graph.input('lr', 'float32', []);
  const offset = o.sub(w, graph.constant(tensor('float32', [2], [3, -1])));
  const [g] = gradients(o.reduceSum(o.mul(offset, offset), [0]), [w]);
  const step = optimizer.begin(lr, counters);
  const after = step.update(w, g, slots);
  const names = ['w', ...optimizer.slots, ...optimizer.counters];
  const values = [after.parameter, ...after.slots, ...step.counters];
  for (const [i, value] of values.entries()) graph.output(o.identity(value, `${names[i]}/next`));
  const session = await createSession(encodeOnnx(graph));

  const expected = [0, 0];
  const rule64 = expected.map(() => rule());
  let state: Record<string, Tensor> = Object.fromEntries(
    [w, ...slots, ...counters].map(({ name, shape }) => [name, tensor('float32', shape as number[])]),
  );
  for (let t = 1; t <= 20; t++) {
    const rate = t <= 10 ? 0.04 : 0.02;
    const next = await session.run({ ...state, lr: tensor('float32', [], [rate]) });
    state = Object.fromEntries(names.map((name) => [name, next[`${name}/next`]]));
    for (const i of [0, 1]) {
      expected[i] = rule64[i](expected[i], 2 * (expected[i] - [3, -1][i]), rate, t);
      // float32 has about seven digits; twenty steps lose one or two.
      expect(Number(state.w.data[i]) / expected[i], `step ${t}`).toBeCloseTo(1, 5);
    }
  }
  expect(Math.abs(expected[0])).toBeGreaterThan(1e-4);
  await session.release();
});

test('a gradient of zero changes nothing', async () => {
  for (const make of Object.values(optimizers)) {
    const optimizer = make();
    const graph = new Graph();
    const zero = graph.constant(tensor('float32', [2]));
    const counters = optimizer.counters.map(() => graph.scalar(0));
    const { update } = optimizer.begin(graph.scalar(optimizer.learningRate), counters);
    const slots = optimizer.slots.map(() => zero);
    graph.output(o.identity(update(zero, zero, slots).parameter, 'w'));
    const session = await createSession(encodeOnnx(graph));
    expect((await session.run({})).w.data).toEqual(new Float32Array(2));
    await session.release();
  }
});

test('names are those of the table', () => {
  expect(Object.values(optimizers).map((make) => make().name)).toEqual(Object.keys(optimizers));
});

test('rejects options out of range', () => {
  for (const make of Object.values(optimizers)) {
    expect(() => make({ learningRate: -1 })).toThrow(/: the learning rate must be a number >= 0, got -1$/);
  }
  expect(() => adadelta({ rho: 1 })).toThrow('adadelta: rho must be in [0, 1), got 1');
  expect(() => adadelta({ epsilon: 0 })).toThrow('adadelta: epsilon must be a number > 0, got 0');
  expect(() => sgd({ momentum: 1 })).toThrow('sgd: the momentum must be in [0, 1), got 1');
  expect(() => sgd({ nesterov: true })).toThrow("sgd: Nesterov's rule needs a momentum > 0, got 0");
  expect(() => adam({ betas: [0.9, 1.5] })).toThrow('adam: beta 2 must be in [0, 1), got 1.5');
  expect(() => adam({ epsilon: Number.NaN })).toThrow('adam: epsilon must be a number > 0, got NaN');
  expect(() => adamw({ weightDecay: -0.1 })).toThrow(
    'adamw: the weight decay must be a number >= 0, got -0.1',
  );
});
