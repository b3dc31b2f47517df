/** What ONNX Runtime itself says of the nodes that it ran: a session's profile of one run. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import type { Graph } from '../../src/graph/graph.ts';
import { encodeOnnx } from '../../src/graph/onnx/proto.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';

export interface ProfiledKernel {
  /** Of the node. */
  readonly name: string;
  /** `op_name`, `provider`, `mem_bytes_requested_in_use`, ... */
  readonly args: Readonly<Record<string, string>>;
}

const suffix = '_kernel_time';

/** @param feeds those of other names than the graph's inputs are left aside */
export async function kernelProfile(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  options: ort.InferenceSession.SessionOptions,
): Promise<ProfiledKernel[]> {
  const folder = mkdtempSync(join(tmpdir(), 'hrm-profile-'));
  try {
    const session = await ort.InferenceSession.create(encodeOnnx(graph), {
      ...options,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
      logSeverityLevel: 4,
    });
    const given = session.inputNames.map((name) => {
      const { dtype, data, shape } = feeds[name];
      return [name, new ort.Tensor(dtype as 'float32', data as Float32Array, shape)];
    });
    await session.run(Object.fromEntries(given));
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder);
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfiledKernel[];
    return events
      .filter(({ name }) => name.endsWith(suffix))
      .map(({ name, args }) => ({ name: name.slice(0, -suffix.length), args }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
