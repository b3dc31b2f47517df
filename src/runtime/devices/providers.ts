/** What ONNX Runtime for Node calls a device. */
import type { InferenceSession } from 'onnxruntime-node';
import { cudaCard, type Device } from '../session.ts';

/**
 * What takes a graph's nodes, the first that can. Which GPU WebGPU computes on, its provider does not let be chosen.
 * @param unchecked see `SessionOptions`
 */
export function providersOf(device: Device, unchecked = false): InferenceSession.ExecutionProviderConfig[] {
  if (device === 'cpu') return ['cpu'];
  if (device === 'webgpu') {
    return [unchecked ? { name: 'webgpu', validationMode: 'disabled' } : 'webgpu', 'cpu'];
  }
  const deviceId = cudaCard(device);
  return [{ name: 'cuda', deviceId }, 'cpu'];
}
