/**
 * `high-res-mapping/browser`: pictures decoded by the browser, ONNX Runtime as WebAssembly or on WebGPU.
 *
 * @module high-res-mapping/browser
 */
export { explain, fullSize, type PictureGiven } from './explain-bitmap.ts';
export {
  createSession,
  type RuntimeFiles,
  threadsHere,
  type WebRuntimeOptions,
  webgpuInSoftware,
  webgpuMissing,
  webRuntime,
} from './runtime/web.ts';
