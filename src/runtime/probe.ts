/**
 * Tests whether a device works, in a process of its own: if a driver crashes, the caller survives, and the
 * messages of Dawn and ONNX Runtime are discarded with that process.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { firstLine } from '../errors/first-line.ts';
import { type CudaParts, cudaIsPossible, cudaParts, driverLibrary, linkedLibraries } from './devices/cuda.ts';
import { providersOf } from './devices/providers.ts';
import { cudaCard, type Device } from './session.ts';

/** The result of a probe: the device works, on its own hardware or emulated on the CPU; or it does not. */
export type Probe =
  | {
      readonly works: true;
      readonly software: boolean;
      /** The GPU driver's file that is open, such as `/dev/nvidia0`; only on Linux. */
      readonly driverFile?: string;
      /** 10^9 floating-point operations a second, if it was measured. */
      readonly gflops?: number;
    }
  | ({ readonly works: false } & Failure);

/** Why a device cannot be used, and what may help. */
export interface Failure {
  readonly reason: string;
  readonly advice?: string;
  /** Whether only files are missing that can be installed. */
  readonly installable?: boolean;
}

/** A model to measure speed with: its input `x` is float32 `[N, 1, 1, 1]`. */
export interface SpeedModel {
  /** The ONNX file, in base64. */
  readonly model: string;
  /** Floating-point operations for N = 1. */
  readonly flops: number;
}

/** `y = x + x` on two numbers, as an ONNX file. */
export const tinyModel: string =
  'CAgSEGhpZ2gtcmVzLW1hcHBpbmc6aAoZCgF4CgF4EgVBZGRfMBoFQWRkXzAiA0FkZAoXCgVBZGRfMBIBeRoBeSIISWRlbnRpdHkSEGhpZ2hfcmVz' +
  'X21hcHBpbmdaDwoBeBIKCggIARIECgIIAmIPCgF5EgoKCAgBEgQKAggCQgQKABAS';

/**
 * The probing process: runs the tiny model, then checks which driver is in use. A GPU's driver keeps a device
 * file open (Linux) or is a library from the driver store (Windows); SwiftShader, lavapipe and WARP, which
 * compute on the CPU, do neither. macOS has no such driver. WebGPU knows the kind of its adapter, but ONNX
 * Runtime does not expose it. Speed: the batch grows until a run takes 80 ms; the result is the median of
 * three runs after a first one, or of a single run if runs are slow.
 */
const script = `
const { ort, koffi, libraries, model, providers, speed } = JSON.parse(process.argv[1]);
const { readdirSync, readlinkSync } = require('node:fs');
const driverFile = () => {
  if (process.platform !== 'linux') return undefined;
  const open = readdirSync('/proc/self/fd').map((fd) => {
    try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; }
  });
  const of = (pattern) => open.find((path) => pattern.test(path));
  return of(/^\\/dev\\/nvidia\\d/) ?? of(/^\\/dev\\/dri\\/renderD/) ?? of(/^\\/dev\\/(dri\\/|nvidia|dxg|kgsl|mali)/);
};
const hasHardware = () => {
  if (process.platform === 'linux') return driverFile() !== undefined;
  if (process.platform === 'win32') {
    process.report.excludeNetwork = true;
    return process.report.getReport().sharedObjects.some((file) => /driverstore/i.test(file));
  }
  return true;
};
const answer = (found) => process.stdout.write('\\n' + JSON.stringify(found) + '\\n', () => process.exit(0));
(async () => {
  const held = libraries.map((file) => { try { return require(koffi).load(file); } catch { return undefined; } });
  const { env, InferenceSession, Tensor } = require(ort);
  env.logLevel = 'fatal';
  const options = { executionProviders: providers, logSeverityLevel: 4 };
  const open = (base64) => InferenceSession.create(Buffer.from(base64, 'base64'), options);
  const session = await open(model);
  const { y } = await session.run({ x: new Tensor('float32', [1, 2], [2]) });
  if (String(y.data) !== '2,4') throw new Error('1 + 1 and 2 + 2 gave ' + y.data);
  const gflops = speed && await measure(await open(speed.model), Tensor).catch(() => undefined);
  answer({ works: true, software: !hasHardware(), driverFile: driverFile(), gflops, held: held.length });
})().catch((error) => answer({ works: false, reason: error.message }));
async function measure(session, Tensor) {
  for (let batch = 1; ; batch *= 4) {
    const x = new Tensor('float32', new Float32Array(batch).fill(1), [batch, 1, 1, 1]);
    const time = async () => {
      const start = performance.now();
      await session.run({ x });
      return performance.now() - start;
    };
    const first = await time();
    const times = [first > 300 ? first : await time()];
    if (times[0] < 80 && batch < 512) continue;
    for (let i = 0; i < 2 && times[0] < 300; i++) times.push(await time());
    times.sort((a, b) => a - b);
    return batch * speed.flops / times[Math.floor(times.length / 2)] / 1e6;
  }
}
`;

/** Time limit for drivers to start, in milliseconds. */
const patience = 60_000;

/**
 * Tests a device. The process takes about half a second.
 * @param speed measures its speed, too, in about a second
 */
export function probeDevice(device: Device, speed?: SpeedModel): Promise<Probe> {
  if (device === 'cpu' && speed === undefined) return Promise.resolve({ works: true, software: true });
  const { resolve: pathOf } = createRequire(import.meta.url);
  const isCuda = cudaCard(device) !== undefined;
  const task = JSON.stringify({
    ort: pathOf('onnxruntime-node'),
    koffi: isCuda ? pathOf('koffi') : undefined,
    libraries: isCuda ? linkedLibraries() : [],
    model: tinyModel,
    providers: providersOf(device),
    speed,
  });
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['-e', script, task],
      // Test runners and debuggers set options for their own processes; Electron behaves as Node only with
      // this variable.
      {
        timeout: patience,
        env: { ...process.env, NODE_OPTIONS: '', ELECTRON_RUN_AS_NODE: '1' },
        windowsHide: true,
      },
      (error, stdout) => {
        const answer = stdout.trim().split('\n').at(-1) ?? '';
        if (answer.startsWith('{')) {
          const { works, software, driverFile, gflops, reason } = JSON.parse(answer);
          resolve(
            works
              ? { works, software, ...(driverFile && { driverFile }), ...(gflops && { gflops }) }
              : { works, ...explainFailure(device, reason) },
          );
        } else if (error?.killed) resolve({ works: false, reason: `no answer within ${patience / 1000} s` });
        else resolve({ works: false, reason: `its driver crashed (${error?.signal ?? error?.code})` });
      },
    );
  });
}

/**
 * Interprets ONNX Runtime's error about a device; no other function parses such errors.
 * @param message its first line, without the place in ONNX Runtime's source
 * @param parts the parts of CUDA that are installed; default: looked up if the error is about CUDA
 */
export function explainFailure(device: Device, message: string, parts?: CudaParts): Failure {
  const line = firstLine(message);
  const reason = line.replace(/^\/.* was false\.\s*|^OrtSession\w+: /, '');
  if (device === 'webgpu' && /adapter/i.test(reason)) {
    return {
      reason: 'no GPU adapter found',
      advice: "a GPU with a driver for Vulkan, Metal or Direct3D 12 is needed; see 'hrm devices'",
    };
  }
  if (cudaCard(device) === undefined) return { reason };
  const [, code, text] = /CUDA failure (\d+): ([^;]*)/.exec(line) ?? [];
  if (code !== undefined) return explainCudaError(device, Number(code), text.trim());
  if (/library|not available|not supported/i.test(reason)) {
    return cudaIsPossible
      ? whatCudaLacks(parts ?? cudaParts(), reason)
      : { reason: 'not on this system', advice: elsewhere };
  }
  return { reason };
}

/** CUDA's own errors, by their numbers in `driver_types.h`. */
function explainCudaError(device: Device, code: number, text: string): Failure {
  switch (code) {
    case 35:
      return {
        reason: `the NVIDIA driver is missing or too old (${text})`,
        advice: 'CUDA 13 needs driver 580 or newer; nvidia-smi shows the installed version',
      };
    case 100:
      return { reason: 'no NVIDIA card found', advice: 'in a container, is the card passed through?' };
    case 101:
      return {
        reason: `there is no card ${cudaCard(device)}`,
        advice: "'hrm devices' lists the cards",
      };
    default:
      return { reason: `CUDA failure ${code}: ${text}` };
  }
}

function whatCudaLacks({ provider, missing }: CudaParts, said: string): Failure {
  const advice = "'hrm devices' explains how to install it";
  const lacks = missing.filter((name) => name !== driverLibrary);
  if (!provider) {
    const reason = "CUDA is not installed (ONNX Runtime's libraries for it are missing or damaged)";
    return { reason, advice, installable: true };
  }
  if (lacks.length > 0) {
    return { reason: `CUDA is not installed (missing: ${lacks.join(', ')})`, advice, installable: true };
  }
  if (missing.length > 0) {
    return {
      reason: `no NVIDIA driver (${driverLibrary} is missing)`,
      advice: 'a driver, 580 or newer, is needed',
    };
  }
  return { reason: said, advice: "'hrm devices' lists what CUDA needs" };
}

/** The error for a device that cannot be used. */
export function deviceError(device: Device, { reason, advice }: Failure, cause?: unknown): Error {
  return new Error(`device '${device}': ${advice === undefined ? reason : `${reason}; ${advice}`}`, {
    cause,
  });
}

const elsewhere = 'ONNX Runtime for Node has CUDA only on Linux x64; webgpu can use NVIDIA GPUs, too';
