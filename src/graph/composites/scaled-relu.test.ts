import { expect, test } from 'vitest';
import { checkGradient } from '../../../test/helpers/check-gradient.ts';
import { createSession } from '../../runtime/node.ts';
import { random } from '../../tensor/random.ts';
import { sizeOf, tensor } from '../../tensor/tensor.ts';
import { gradients } from '../autodiff.ts';
import { Graph, type Value } from '../graph.ts';
import { encodeOnnx } from '../onnx/proto.ts';
import { builders as o } from '../ops/index.ts';
import { scaledRelu, scaledReluConv } from './scaled-relu.ts';

test('the gradient of scale and ReLU agrees with central differences', async () => {
  await checkGradient({
    inputs: [[2, 3, 4, 5], [3], [3]],
    build: ([z, scale, bias]) => scaledRelu({ z, scale, bias }),
    h: 1e-3,
    tolerance: 5e-3,
  });
});

test.each([
  ['3x3, four outputs', 3, 4],
  ['3x3, number of outputs not divisible by four', 3, 3],
  ['1x1', 1, 4],
])(
  'followed by a convolution, %s: result and gradient equal those of its parts',
  async (_, size, outputs) => {
    const channels = 5;
    const graph = new Graph();
    const shapes = {
      z: [2, channels, 4, 6],
      scale: [channels],
      bias: [channels],
      rows: [channels, outputs * size * size],
      by: [2, outputs, 4, 6],
    };
    const inputs = Object.entries(shapes).map(([name, shape]) => graph.input(name, 'float32', shape));
    const [z, scale, bias, rows, by] = inputs;
    const spread = (vector: Value): Value => o.reshape(vector, [1, channels, 1, 1]);
    const kernel = o.transpose(o.reshape(rows, [channels, outputs, size, size]), [1, 0, 2, 3]);
    const pads = new Array<number>(4).fill((size - 1) / 2);
    const ways = {
      whole: scaledReluConv({ z, scale, bias, rows, size }),
      parts: o.conv(o.relu(o.add(o.mul(z, spread(scale)), spread(bias))), kernel, { pads }),
    };
    for (const [way, x] of Object.entries(ways)) {
      graph.output(o.identity(x, `${way}/x`));
      const loss = o.reduceSum(o.mul(x, by), [0, 1, 2, 3]);
      for (const [i, g] of gradients(loss, inputs.slice(0, 4)).entries())
        graph.output(o.identity(g, `${way}/${inputs[i].name}`));
    }
    const chance = random(2);
    const feeds = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [
        name,
        tensor(
          'float32',
          shape,
          Float32Array.from({ length: sizeOf(shape) }, () => chance.normal()),
        ),
      ]),
    );
    const session = await createSession(encodeOnnx(graph));
    const result = await session.run(feeds);
    await session.release();
    for (const name of ['x', 'z', 'scale', 'bias', 'rows']) {
      const [a, b] = ['whole', 'parts'].map((way) => Array.from(result[`${way}/${name}`].data, Number));
      const largest = Math.max(...b.map(Math.abs));
      expect(largest).toBeGreaterThan(0);
      for (const [i, value] of a.entries())
        expect(Math.abs(value - b[i]), `${name}[${i}]`).toBeLessThan(1e-5 * largest);
    }
  },
);
