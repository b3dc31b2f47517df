/** The GPUs that tests can use here. Where there is none, SwiftShader gives WebGPU one in software. */
import { afterAll, beforeAll } from 'vitest';
import { createSession } from '../../src/runtime/node.ts';
import { type Probe, probeDevice, tinyModel } from '../../src/runtime/probe.ts';
import type { Device, Session } from '../../src/runtime/session.ts';

/** How to run the tests of a device that is not there. */
const help: Readonly<Record<'webgpu' | 'cuda', string>> = {
  webgpu:
    '`eval "$(.ci/swiftshader)"` provides a GPU in software, from a Debian package; or use a machine with a GPU',
  cuda: 'docs/gpu.md says what CUDA needs',
};

export interface TestedGpu {
  readonly device: 'webgpu' | 'cuda';
  readonly works: boolean;
  /** Imitated on the CPU. */
  readonly software: boolean;
}

/** Each GPU device, and whether it works here; says so where it does not. */
export const gpus: readonly TestedGpu[] = await Promise.all(
  (['webgpu', 'cuda'] as const).map(async (device) => {
    const found = await probeDevice(device);
    if (!found.works) missing(device, found);
    return { device, works: found.works, software: found.works && found.software };
  }),
);

/** HRM_TEST_DEVICES names devices whose tests must not be skipped, such as `webgpu`. @throws for one of those */
function missing(device: 'webgpu' | 'cuda', found: Probe & { works: false }): void {
  const needed = (process.env.HRM_TEST_DEVICES ?? '').split(',') as Device[];
  const text = `tests on ${device} are skipped: ${found.reason}; ${help[device]}`;
  if (needed.includes(device)) throw new Error(text);
  console.log(text);
}

/** Keeps a session open for the tests around: while one is, WebGPU's programs that were compiled once are not compiled again. */
export function keepOpen(device: Device, works: boolean): void {
  let open: Session | undefined;
  beforeAll(async () => {
    if (works) open = await createSession(Buffer.from(tinyModel, 'base64'), { device });
  });
  afterAll(() => open?.release());
}
