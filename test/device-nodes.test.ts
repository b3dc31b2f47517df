/**
 * Every node of the training steps, each alone, on every GPU found, against the CPU: an operator that a provider computes
 * wrong is named here, with the shapes and attributes that make it so.
 */
import { describe, expect, test } from 'vitest';
import { Graph } from '../src/graph/graph.ts';
import { builders as o } from '../src/graph/ops/index.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { caseErrors, deviceTolerance, isWrong, runOn, worstOf } from './helpers/device-cases.ts';
import { drawInputs, nodeCases, relativeError } from './helpers/device-nodes.ts';
import { gpus } from './helpers/gpu-devices.ts';

describe.each(gpus)('$device', ({ device, works }) => {
  test.runIf(works)('every node of the training steps gives the same as on the cpu', async () => {
    const errors = await caseErrors(device, nodeCases(device));
    const wrong = errors.filter(isWrong);
    expect(wrong.map(({ title, error }) => `${title}: ${error.toExponential(1)}`)).toEqual([]);
    const worst = worstOf(errors);
    console.log(
      `${device}: ${errors.length} results of nodes, worst error ${worst.error.toExponential(1)} (${worst.title})`,
    );
  });
});

const webgpu = gpus.find(({ device }) => device === 'webgpu')?.works ?? false;

// Should this fail, ONNX Runtime computes them right: `graph/ops/kernel-gradient.ts` need not split nine taps any more.
test.runIf(webgpu)('webgpu computes 9 outputs per group wrongly, 8 correctly', async () => {
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
  expect(await errorOf(8)).toBeLessThan(deviceTolerance);
  expect(await errorOf(9)).toBeGreaterThan(0.1);
});
