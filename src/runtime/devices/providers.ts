/** What ONNX Runtime for Node calls a device. */
import type { InferenceSession } from 'onnxruntime-node';
import { cudaCard, type Device } from '../session.ts';

/** What takes a graph's nodes, the first that can. Which GPU WebGPU computes on, its provider does not let be chosen. */
export function providersOf(device: Device): InferenceSession.ExecutionProviderConfig[] {
  if (device === 'cpu') return ['cpu'];
  const deviceId = cudaCard(device);
  return [deviceId === undefined ? device : { name: 'cuda', deviceId }, 'cpu'];
}
