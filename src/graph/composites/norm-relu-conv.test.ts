import { expect, test } from 'vitest';
import { checkGradient } from '../../../test/helpers/check-gradient.ts';
import { createSession } from '../../runtime/node.ts';
import { tensor } from '../../tensor/tensor.ts';
import { gradients } from '../autodiff.ts';
import { Graph, type Value } from '../graph.ts';
import { encodeOnnx } from '../onnx/proto.ts';
import { builders as o } from '../ops/index.ts';
import { moments } from './moments.ts';
import { normReluConv } from './norm-relu-conv.ts';

const pads = [1, 1, 1, 1];
const epsilon = 1e-3;

test('its gradient agrees with central differences, including the statistics of the batch', async () => {
  const unit = ([x, scale, bias, kernel]: Value[]): Value =>
    normReluConv({ x, scale, bias, ...moments(x), epsilon, kernel, pads });
  await checkGradient({
    inputs: [[2, 3, 4, 6], [3], [3], [5, 3, 3, 3]],
    build: unit,
    h: 1e-3,
    tolerance: 5e-3,
  });
});

test('its gradient agrees with given statistics and a 1x1 kernel, too', async () => {
  const unit = ([x, scale, bias, mean, kernel]: Value[]): Value =>
    normReluConv({ x, scale, bias, mean, variance: scale, epsilon, kernel, pads: [0, 0, 0, 0] });
  const draw = (r: { uniform(a: number, b: number): number }): number => r.uniform(0.5, 1.5);
  await checkGradient({
    inputs: [[2, 3, 4, 6], [3], [3], [3], [4, 3, 1, 1]],
    build: unit,
    draw,
    h: 1e-3,
    tolerance: 5e-3,
  });
});

test('its gradient equals that of its parts for any scale, and ends at a scale of 0', async () => {
  const scales = [1, -0.5, 1e-2, 1e-4, 0];
  const channels = scales.length;
  const graph = new Graph();
  const x = graph.input('x', 'float32', [2, channels, 4, 4]);
  const kernel = graph.input('kernel', 'float32', [3, channels, 3, 3]);
  const vector = (values: number[]): Value => graph.constant(tensor('float32', [channels], values));
  const scale = graph.initializer('scale', tensor('float32', [channels], scales));
  const bias = graph.initializer(
    'bias',
    tensor(
      'float32',
      [channels],
      scales.map(() => 0.5),
    ),
  );
  const rest = {
    scale,
    bias,
    mean: vector(scales.map(() => 0.3)),
    variance: vector(scales.map(() => 0.7)),
    epsilon,
  };
  const whole = normReluConv({ x, ...rest, kernel, pads });
  const parts = o.conv(o.relu(o.batchNormalization(x, rest)), kernel, { pads });
  const wanted = [x, kernel, scale, bias];
  [whole, parts].forEach((z, i) => {
    const loss = o.reduceSum(o.mul(z, z), [0, 1, 2, 3]);
    for (const [k, g] of gradients(loss, wanted).entries()) graph.output(o.identity(g, `${'ab'[i]}${k}`));
  });
  const session = await createSession(encodeOnnx(graph));
  const fill = (shape: number[]) =>
    tensor(
      'float32',
      shape,
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
    );
  const result = await session.run({ x: fill([2, channels, 4, 4]), kernel: fill([3, channels, 3, 3]) });
  for (const [k, name] of ['x', 'kernel', 'scale', 'bias'].entries()) {
    const [a, b] = [result[`a${k}`].data, result[`b${k}`].data].map((data) => Array.from(data, Number));
    // The gradient of a scale is divided by that scale: terms accurate to 1e-6, divided by 1e-4.
    const tolerance = name === 'scale' ? 2e-2 : 1e-5;
    const largest = Math.max(...b.map(Math.abs));
    a.forEach((value, i) => {
      const fades = name === 'scale' && scales[i] === 0;
      expect(Math.abs(value - (fades ? 0 : b[i])), `${name}[${i}]`).toBeLessThanOrEqual(tolerance * largest);
    });
  }
});
