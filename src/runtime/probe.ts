/**
 * Whether a device can be used, asked in a process of its own: a driver that crashes takes that process down, not the caller,
 * and what Dawn and ONNX Runtime print while they look for an adapter goes with it.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { firstLine } from '../errors/first-line.ts';
import type { Device } from './session.ts';

/** What a probe found: the device computes, on hardware of its own or imitated on the CPU; or it does not. */
export type Probe =
  | { readonly works: true; readonly software: boolean }
  | ({ readonly works: false } & Failure);

/** Why a device cannot be used, and what would help. */
export interface Failure {
  readonly reason: string;
  readonly advice?: string;
}

/** `y = x + x` on two numbers, as an ONNX file. */
export const tinyModel: string =
  'CAgSEGhpZ2gtcmVzLW1hcHBpbmc6aAoZCgF4CgF4EgVBZGRfMBoFQWRkXzAiA0FkZAoXCgVBZGRfMBIBeRoBeSIISWRlbnRpdHkSEGhpZ2hfcmVz' +
  'X21hcHBpbmdaDwoBeBIKCggIARIECgIIAmIPCgF5EgoKCAgBEgQKAggCQgQKABAS';

/**
 * The process: runs the tiny model, then looks at what the driver holds. A GPU's driver keeps a device file open (Linux) or is
 * a library from the driver store (Windows); SwiftShader, lavapipe and WARP, which compute on the CPU, do neither. macOS has no
 * such driver. WebGPU itself knows the kind of its adapter, but ONNX Runtime does not pass it on.
 */
const script = `
const [path, model, device] = process.argv.slice(1);
const { readdirSync, readlinkSync } = require('node:fs');
const hasHardware = () => {
  if (process.platform === 'linux') {
    return readdirSync('/proc/self/fd').some((fd) => {
      try { return /^\\/dev\\/(dri\\/|nvidia|dxg|kgsl|mali)/.test(readlinkSync('/proc/self/fd/' + fd)); } catch { return false; }
    });
  }
  if (process.platform === 'win32') {
    process.report.excludeNetwork = true;
    return process.report.getReport().sharedObjects.some((file) => /driverstore/i.test(file));
  }
  return true;
};
const answer = (found) => process.stdout.write('\\n' + JSON.stringify(found) + '\\n', () => process.exit(0));
(async () => {
  const { env, InferenceSession, Tensor } = require(path);
  env.logLevel = 'fatal';
  const options = { executionProviders: [device, 'cpu'], logSeverityLevel: 4 };
  const session = await InferenceSession.create(Buffer.from(model, 'base64'), options);
  const { y } = await session.run({ x: new Tensor('float32', [1, 2], [2]) });
  if (String(y.data) !== '2,4') throw new Error('1 + 1 and 2 + 2 gave ' + y.data);
  answer({ works: true, software: !hasHardware() });
})().catch((error) => answer({ works: false, reason: error.message }));
`;

/** How long drivers may take to start, in milliseconds. */
const patience = 60_000;

/** Tries a device. The process that does so takes about half a second. */
export function probeDevice(device: Device): Promise<Probe> {
  if (device === 'cpu') return Promise.resolve({ works: true, software: true });
  const library = createRequire(import.meta.url).resolve('onnxruntime-node');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['-e', script, library, tinyModel, device],
      // Test runners and debuggers set options for their own processes; Electron is Node only when told.
      {
        timeout: patience,
        env: { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
        windowsHide: true,
      },
      (error, stdout) => {
        const answer = stdout.trim().split('\n').at(-1) ?? '';
        if (answer.startsWith('{')) {
          const found = JSON.parse(answer) as Probe;
          resolve(found.works ? found : { works: false, ...explainFailure(device, found.reason) });
        } else if (error?.killed) resolve({ works: false, reason: `no answer within ${patience / 1000} s` });
        else resolve({ works: false, reason: `its driver crashed (${error?.signal ?? error?.code})` });
      },
    );
  });
}

/**
 * What ONNX Runtime's error about a device means: the one place that reads it.
 * @param message its first line counts, without the place in ONNX Runtime's sources
 */
export function explainFailure(device: Device, message: string): Failure {
  const reason = firstLine(message).replace(/^\/.* was false\.\s*|^OrtSession\w+: /, '');
  if (device === 'webgpu' && /adapter/i.test(reason)) {
    return {
      reason: 'no GPU adapter found',
      advice: 'a GPU with a driver for Vulkan, Metal or Direct3D 12 is needed',
    };
  }
  if (device === 'cuda' && /library|not available|not supported/i.test(reason)) {
    return { reason: `CUDA is not installed (${reason})`, advice: cudaAdvice };
  }
  return { reason };
}

/** The error of a device that cannot be used. */
export function deviceError(device: Device, { reason, advice }: Failure, cause?: unknown): Error {
  return new Error(`device '${device}': ${advice === undefined ? reason : `${reason}; ${advice}`}`, {
    cause,
  });
}

const cudaAdvice =
  process.platform === 'linux' && process.arch === 'x64'
    ? "it needs an NVIDIA driver, CUDA 12, cuDNN 9, and what 'npm rebuild onnxruntime-node --ignore-scripts=false' downloads"
    : 'ONNX Runtime for Node has it on Linux x64 alone; webgpu uses NVIDIA GPUs too';
