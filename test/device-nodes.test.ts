/**
 * Every node of the training steps, each alone, on every GPU found, against the CPU: an operator that a provider computes
 * wrong is named here, with the shapes and attributes that make it so.
 */
import { describe, expect, test } from 'vitest';
import { Graph } from '../src/graph/graph.ts';
import { builders as o } from '../src/graph/ops/index.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { distinctNodes, drawInputs, relativeError, repeatNode, runOn } from './helpers/device-nodes.ts';
import { gpus } from './helpers/gpu-devices.ts';

/**
 * Largest error, relative to a result's largest element. Sums of thousands of numbers of either sign, in another order, lose
 * two to three of float32's seven digits; a wrong result is off by all of them.
 */
const tolerance = 1e-4;

describe.each(gpus)('$device', ({ device, works }) => {
  test.runIf(works)('every node of the training steps gives what it gives on the cpu', async () => {
    const nodes = distinctNodes();
    const graph = new Graph();
    const outputs = [...nodes].flatMap(([title, node]) =>
      repeatNode(graph, node).map((value) => ({ title, value })),
    );
    for (const { value } of outputs) graph.output(value);
    const feeds = drawInputs(graph, random(2));
    const expected = await runOn('cpu', graph, feeds);
    const actual = await runOn(device, graph, feeds);
    const errors = outputs.map(({ title, value: { name } }) => ({
      title,
      error: relativeError(expected[name], actual[name]),
    }));
    const wrong = errors.filter(({ error }) => !(error <= tolerance));
    expect(wrong.map(({ title, error }) => `${title}: ${error.toExponential(1)}`)).toEqual([]);
    const worst = errors.reduce((a, b) => (b.error > a.error ? b : a));
    console.log(
      `${device}: ${nodes.size} nodes, worst error ${worst.error.toExponential(1)} (${worst.title})`,
    );
  });
});

const webgpu = gpus.find(({ device }) => device === 'webgpu')?.works ?? false;

// Should this fail, ONNX Runtime computes them right: `graph/ops/kernel-gradient.ts` need not split nine taps any more.
test.runIf(webgpu)('webgpu computes 9 outputs a group wrong, 8 right', async () => {
  const errorOf = async (outputs: number): Promise<number> => {
    const graph = new Graph();
    const x = graph.input('x', 'float32', [1, 2, 5, 5]);
    const kernel = tensor('float32', [2 * outputs, 1, 3, 3]);
    kernel.data.forEach((_, i) => {
      kernel.data[i] = (i % 7) - 3;
    });
    graph.output(o.identity(o.conv(x, graph.constant(kernel), { pads: [1, 1, 1, 1], group: 2 }), 'y'));
    const feeds = drawInputs(graph, random(3));
    return relativeError((await runOn('cpu', graph, feeds)).y, (await runOn('webgpu', graph, feeds)).y);
  };
  expect(await errorOf(8)).toBeLessThan(tolerance);
  expect(await errorOf(9)).toBeGreaterThan(0.1);
});
