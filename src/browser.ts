/** The public names that need a browser: ONNX Runtime as WebAssembly or on WebGPU. Needs the package `onnxruntime-web`. */
export {
  createSession,
  type RuntimeFiles,
  threadsHere,
  type WebRuntimeOptions,
  webgpuInSoftware,
  webgpuMissing,
  webRuntime,
} from './runtime/web.ts';
