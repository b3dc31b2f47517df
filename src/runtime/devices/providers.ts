/** ONNX Runtime's execution providers for a device. */
import type { InferenceSession } from 'onnxruntime-node';
import { cudaCard, type Device } from '../session.ts';

/**
 * The providers in order of preference: each node runs on the first that supports it. WebGPU's provider does
 * not let the GPU be chosen.
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
