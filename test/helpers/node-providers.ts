/** Which provider ran each node, as the session's own profile says. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import type { Graph } from '../../src/graph/graph.ts';
import { encodeOnnx } from '../../src/graph/onnx/proto.ts';
import { type Device, optimizationLevels } from '../../src/runtime/session.ts';
import { random } from '../../src/tensor/random.ts';
import { drawInputs } from './device-nodes.ts';

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
  const folder = mkdtempSync(join(tmpdir(), 'hrm-providers-'));
  try {
    const session = await ort.InferenceSession.create(encodeOnnx(graph), {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      graphOptimizationLevel: optimizationLevels[purpose],
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
      logSeverityLevel: 4,
    });
    const feeds = Object.entries(drawInputs(graph, random(1))).map(
      ([name, { dtype, data, shape }]) =>
        [name, new ort.Tensor(dtype as 'float32', data as Float32Array, shape)] as const,
    );
    await session.run(Object.fromEntries(feeds));
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder);
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      name: string;
      args: { op_name?: string; provider?: string };
    }[];
    return events.flatMap(({ name, args: { op_name, provider } }) =>
      name.endsWith('_kernel_time') && op_name && provider ? [{ operator: op_name, name, provider }] : [],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
