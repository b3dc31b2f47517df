/**
 * Number of nodes of each kind of graph, by operator, in the form for each device:
 *
 *     npx tsx tools/node-counts.ts [BATCH SIZE]      default: 16 128
 */
import { randomModel } from '../bench/random-model.ts';
import type { Graph } from '../src/graph/graph.ts';
import { forCpu } from '../src/graph/rewrite/cpu.ts';
import { forGpu } from '../src/graph/rewrite/gpu.ts';
import { inferenceGraph } from '../src/models/inference.ts';
import { type Device, devices, interfaceOf } from '../src/runtime/session.ts';
import { compileStep } from '../src/train/compile.ts';
import { adadelta } from '../src/train/optimizers.ts';
import { fullStep, halfStep } from '../src/train/step.ts';

const [batchSize = 16, size = 128] = process.argv.slice(2).map(Number);

function print(title: string, graph: Graph): void {
  const counts = new Map<string, number>();
  const nodes = graph.liveNodes();
  for (const { operator } of nodes) counts.set(operator.type, (counts.get(operator.type) ?? 0) + 1);
  const most = [...counts].toSorted((a, b) => b[1] - a[1]);
  console.log(
    `${title}: ${nodes.length} nodes: ${most.map(([type, count]) => `${type} ${count}`).join(', ')}`,
  );
}

function inferenceFor(device: Device, graph: Graph): Graph {
  const api = interfaceOf(device);
  return api === 'cpu' ? forCpu(graph, 'inference') : forGpu(graph, api);
}

for (const type of ['half', 'full'] as const) {
  const model = randomModel(type, size);
  for (const device of devices) {
    const options = { batchSize, optimizer: adadelta(), device };
    const step = type === 'half' ? halfStep(model, options) : fullStep(model, options);
    print(`step, ${type}, ${batchSize} x ${size} x ${size}, ${device}`, compileStep(step));
    print(`inference, ${type}, ${device}`, inferenceFor(device, inferenceGraph(model)));
  }
}
