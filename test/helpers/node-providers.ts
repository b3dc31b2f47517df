/** Which provider ran each node, as the session's own profile says. */
import type { Graph } from '../../src/graph/graph.ts';
import { providersOf } from '../../src/runtime/devices/providers.ts';
import { type Device, optimizationLevels } from '../../src/runtime/session.ts';
import { random } from '../../src/tensor/random.ts';
import { drawInputs } from './device-nodes.ts';
import { kernelProfile } from './kernel-profile.ts';

interface RunNode {
  readonly operator: string;
  readonly name: string;
  /** `CPUExecutionProvider`, `WebGpuExecutionProvider`, ... */
  readonly provider: string;
}

/** Every node of a graph that a device ran, in one run on drawn inputs; those that a session adds to copy values are among them. */
export async function nodeProviders(
  graph: Graph,
  device: Device,
  purpose: 'training' | 'inference',
): Promise<RunNode[]> {
  const kernels = await kernelProfile(graph, drawInputs(graph, random(1)), {
    executionProviders: providersOf(device),
    graphOptimizationLevel: optimizationLevels[purpose],
  });
  return kernels.map(({ name, args }) => ({ operator: args.op_name, name, provider: args.provider }));
}
