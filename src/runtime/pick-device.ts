/** Which device to compute on, when the user leaves it open or asks for one that may not be there. */
import { deviceError, type Probe, probeDevice } from './probe.ts';
import { type Device, devices } from './session.ts';

/** 'auto': the fastest GPU that works, or else the CPU. */
export type DeviceChoice = Device | 'auto';
export const deviceChoices: readonly DeviceChoice[] = [...devices, 'auto'];

export interface PickedDevice {
  readonly device: Device;
  /** What there is to say about it, for people to read. */
  readonly note?: string;
}

/** From the fastest. */
const gpus: readonly Device[] = ['cuda', 'webgpu'];

/**
 * Settles a choice. 'auto' takes CUDA before WebGPU before the CPU. It passes over GPUs imitated on the CPU (SwiftShader,
 * lavapipe), which are far slower than the CPU's own kernels; asked for by name, they are used.
 * @param probe default: tries the device in a process of its own
 * @throws when a device asked for by name cannot be used
 */
export async function pickDevice(
  choice: DeviceChoice,
  probe: (device: Device) => Promise<Probe> = probeDevice,
): Promise<PickedDevice> {
  if (choice === 'cpu') return { device: 'cpu' };
  if (choice !== 'auto') {
    const found = await probe(choice);
    if (!found.works) throw deviceError(choice, found);
    return { device: choice, note: found.software ? 'imitated in software, slower than the cpu' : undefined };
  }
  const probes = await Promise.all(gpus.map(probe));
  const best = probes.findIndex((found) => found.works && !found.software);
  if (best >= 0) return { device: gpus[best], note: 'a GPU was found, and it works' };
  const reasons = probes.map(
    (found, i) => `${gpus[i]}: ${found.works ? 'imitated in software, slower than the cpu' : found.reason}`,
  );
  return { device: 'cpu', note: `no GPU to use (${reasons.join('; ')})` };
}
