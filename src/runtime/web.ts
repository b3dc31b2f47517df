/** Sessions in browsers, through onnxruntime-web: WebAssembly on the processor, or WebGPU. */
import type { InferenceSession } from 'onnxruntime-web';
import { firstLine } from '../errors/first-line.ts';
import { ortError } from './ort-error.ts';
import { OrtSession } from './ort-session.ts';
import { type CreateSession, optimizationLevels, type SessionOptions } from './session.ts';

/** The addresses of the two files of a build of ONNX Runtime. */
export interface RuntimeFiles {
  readonly mjs: string;
  readonly wasm: string;
}

/** Options of `webRuntime`. */
export interface WebRuntimeOptions {
  /** `ort-wasm-simd-threaded.mjs` and `.wasm`. Default: beside the script, where bundlers put them. */
  readonly cpu?: RuntimeFiles;
  /** `ort-wasm-simd-threaded.jspi.mjs` and `.wasm`. Default: beside the script, where bundlers put them. */
  readonly webgpu?: RuntimeFiles;
  /** CPU threads, >= 1; default `threadsHere()`. Only the first session's value has an effect. */
  readonly threads?: number;
}

/** One of the package's builds; each has its own settings and sessions. */
type Build = Pick<typeof import('onnxruntime-web'), 'InferenceSession' | 'Tensor' | 'env'>;

/**
 * The number of threads for WebAssembly, which `webRuntime` uses unless told otherwise: one per core, at most
 * 8; 1 if the page is not cross-origin isolated.
 * @example
 * ```ts
 * import { FullModel } from 'high-res-mapping';
 * import { threadsHere, webRuntime } from 'high-res-mapping/browser';
 *
 * // Half of the threads, to leave cores to the page's other work.
 * const createSession = webRuntime({ threads: Math.ceil(threadsHere() / 2) });
 * const bytes = await (await fetch('scenes.onnx')).arrayBuffer();
 * const model = await FullModel.load(new Uint8Array(bytes), createSession);
 * console.log(model.classes.length, crossOriginIsolated || threadsHere() === 1); //=> 6 true
 * await model.release();
 * ```
 */
export function threadsHere(): number {
  if (!globalThis.crossOriginIsolated) return 1;
  return Math.min(Math.max(globalThis.navigator?.hardwareConcurrency ?? 1, 1), 8);
}

/**
 * Why WebGPU cannot be used here; undefined if it can be tried. The build for WebGPU needs JavaScript Promise
 * Integration: the one without it is 10 MB larger, and slower.
 * @example
 * ```ts
 * import { FullModel } from 'high-res-mapping';
 * import { createSession, webgpuMissing } from 'high-res-mapping/browser';
 *
 * const missing = await webgpuMissing(); // such as 'this browser has no WebGPU'
 * const bytes = await (await fetch('scenes.onnx')).arrayBuffer();
 * const device = missing === undefined ? 'webgpu' : 'cpu';
 * const model = await FullModel.load(new Uint8Array(bytes), createSession, { device });
 * console.log(model.classes[4]); //=> star
 * await model.release();
 * ```
 */
export async function webgpuMissing(): Promise<string | undefined> {
  if (!('Suspending' in WebAssembly)) return 'this browser lacks JavaScript Promise Integration';
  const gpu = (globalThis.navigator as { gpu?: { requestAdapter(): Promise<unknown> } } | undefined)?.gpu;
  if (gpu === undefined) return 'this browser has no WebGPU';
  try {
    return (await gpu.requestAdapter()) === null ? 'no GPU was found' : undefined;
  } catch (error) {
    return firstLine(error);
  }
}

/**
 * Whether WebGPU is emulated on the CPU here, which is far slower than WebAssembly.
 * @throws where the browser has no WebGPU: ask `webgpuMissing` first
 * @example
 * ```ts
 * import { createSession, webgpuInSoftware, webgpuMissing } from 'high-res-mapping/browser';
 *
 * const usable = (await webgpuMissing()) === undefined && !(await webgpuInSoftware());
 * const device = usable ? 'webgpu' : 'cpu';
 * const bytes = await (await fetch('scenes.onnx')).arrayBuffer();
 * const session = await createSession(new Uint8Array(bytes), { device });
 * console.log(session.outputNames.includes('high_res_cam')); //=> true
 * await session.release();
 * ```
 */
export async function webgpuInSoftware(): Promise<boolean> {
  const { gpu } = globalThis.navigator as unknown as {
    gpu: { requestAdapter(): Promise<AdapterLike | null> };
  };
  const info = (await gpu.requestAdapter())?.info;
  const name = `${info?.vendor} ${info?.architecture} ${info?.description}`;
  return info?.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(name);
}

/** -1 as an unsigned 32-bit number. */
const unknownLength = 0xffffffff;

interface AdapterLike {
  readonly info?: {
    readonly vendor?: string;
    readonly architecture?: string;
    readonly description?: string;
    readonly isFallbackAdapter?: boolean;
  };
}

/**
 * Makes a function that opens sessions in a browser: on device 'cpu' with WebAssembly, on 'webgpu' with
 * WebGPU. The code for each is loaded on first use. Best called in a worker: WebAssembly blocks its thread
 * while it computes. The function throws for another device, and when ONNX Runtime does not accept the model.
 * @example
 * ```ts
 * import { FullModel } from 'high-res-mapping';
 * import { explain, webRuntime } from 'high-res-mapping/browser';
 *
 * const createSession = webRuntime({ threads: 1 });
 * const bytes = await (await fetch('scenes.onnx')).arrayBuffer();
 * const model = await FullModel.load(new Uint8Array(bytes), createSession, { device: 'cpu' });
 * const { explained } = await explain(model, await (await fetch('star.jpg')).blob());
 * console.log(explained.name, explained.probability.toFixed(2)); //=> star 1.00
 * await model.release();
 * ```
 */
export function webRuntime({ cpu, webgpu, threads = threadsHere() }: WebRuntimeOptions = {}): CreateSession {
  return async (model, options = {}) => {
    const { device = 'cpu' } = options;
    if (device !== 'cpu' && device !== 'webgpu') {
      throw new Error(`device: browsers have 'cpu' and 'webgpu', not '${device}'`);
    }
    const build: Build =
      device === 'webgpu' ? await import('onnxruntime-web/jspi') : await import('onnxruntime-web/wasm');
    const files = device === 'webgpu' ? webgpu : cpu;
    build.env.logLevel = 'error';
    build.env.wasm.numThreads = threads;
    if (files) build.env.wasm.wasmPaths = files;
    try {
      const session = await build.InferenceSession.create(model, sessionOptions(options));
      return new OrtSession(session, build.Tensor, { device, unknown: unknownLength });
    } catch (error) {
      throw ortError(`ONNX Runtime does not accept the model on device '${device}'`, error);
    }
  };
}

/**
 * Opens a session with ONNX Runtime for browsers, which runs a graph: on its own, or for a model's `load`. It
 * is `webRuntime` with its default options: device 'cpu', as many threads as `threadsHere` says.
 * @throws when the bytes are not a model that it accepts, or the device is neither 'cpu' nor 'webgpu', or
 * cannot be used
 * @example
 * ```ts
 * import { createSession } from 'high-res-mapping/browser';
 *
 * const bytes = await (await fetch('scenes.onnx')).arrayBuffer();
 * const session = await createSession(new Uint8Array(bytes));
 * console.log(session.inputNames, session.outputNames[0]); //=> [ 'image', 'class_index' ] probabilities
 * await session.release();
 * ```
 */
export const createSession: CreateSession = webRuntime();

function sessionOptions({
  device = 'cpu',
  purpose = 'inference',
}: SessionOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: [device === 'cpu' ? 'wasm' : 'webgpu'],
    graphOptimizationLevel: optimizationLevels[purpose],
    executionMode: 'sequential',
    enableMemPattern: false,
    logSeverityLevel: 3,
  };
}
