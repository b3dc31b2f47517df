/** Chooses the device to compute on, if the user leaves it open or asks for one that may not work. */
import { gpuName } from './devices/gpu-name.ts';
import { listCards, type NvidiaCard, nvidiaCards } from './devices/nvidia-cards.ts';
import { deviceError, type Probe, probeDevice } from './probe.ts';
import { cudaCard, type Device, devices } from './session.ts';

/** 'auto': the fastest GPU that works, or else the CPU. */
export type DeviceChoice = Device | 'auto';
export const deviceChoices: readonly DeviceChoice[] = [...devices, 'auto'];

/** The device that a choice resolves to. */
export interface PickedDevice {
  readonly device: Device;
  /** A remark for the user. */
  readonly note?: string;
}

/** The functions that examine a machine, which tests replace. */
export interface DeviceFinders {
  /** Default: tries the device in a process of its own. */
  readonly probe?: (device: Device) => Promise<Probe>;
  /** Default: by the driver and its tools. */
  readonly cards?: () => Promise<readonly NvidiaCard[]>;
}

/**
 * Resolves a choice. 'auto' prefers CUDA to WebGPU, and WebGPU to the CPU. It skips GPUs emulated on the CPU
 * (SwiftShader, lavapipe), which are far slower than the CPU's own kernels; by name they can be used. Of
 * several NVIDIA cards it uses the first. Each device but the CPU is tried in a process of its own, which
 * takes seconds.
 * @throws when a device requested by name cannot be used
 * @example
 * ```ts
 * import { loadModel, pickDevice } from 'high-res-mapping/node';
 *
 * const { device, note } = await pickDevice('cpu'); // 'auto' in its place: a GPU, if one works
 * console.log(device, note ?? 'nothing to remark'); //=> cpu nothing to remark
 * const model = await loadModel('models/scenes.onnx', { device });
 * console.log(model.type); //=> full
 * await model.release();
 * ```
 */
export async function pickDevice(
  choice: DeviceChoice,
  { probe = probeDevice, cards = nvidiaCards }: DeviceFinders = {},
): Promise<PickedDevice> {
  if (choice === 'cpu') return { device: 'cpu' };
  if (choice !== 'auto') return pickNamed(choice, probe, cards);
  const [cuda, webgpu, known] = await Promise.all([probe('cuda'), probe('webgpu'), cards()]);
  for (const [device, found] of [['cuda', cuda] as const, ['webgpu', webgpu] as const]) {
    if (!found.works || found.software) continue;
    const name = gpuName(device, found, known);
    return { device, note: `a GPU was found, and it works${name === undefined ? '' : `: ${name}`}` };
  }
  const why = (found: Probe): string =>
    found.works ? 'emulated in software, slower than the cpu' : found.reason;
  const help =
    known.length > 0 && !cuda.works && cuda.installable
      ? `; 'hrm devices' explains how to use the ${known[0].name} of this machine`
      : '';
  return { device: 'cpu', note: `no GPU to use (cuda: ${why(cuda)}; webgpu: ${why(webgpu)})${help}` };
}

async function pickNamed(
  device: Device,
  probe: (device: Device) => Promise<Probe>,
  cards: () => Promise<readonly NvidiaCard[]>,
): Promise<PickedDevice> {
  const card = cudaCard(device) ?? 0;
  if (card > 0) {
    const known = await cards();
    if (known.length > 0 && card >= known.length) {
      throw deviceError(device, { reason: `there is no card ${card}; this machine has ${listCards(known)}` });
    }
  }
  const found = await probe(device);
  if (!found.works) throw deviceError(device, found);
  if (device === 'webgpu' && found.software) {
    return { device, note: 'emulated in software, slower than the cpu' };
  }
  return { device, note: card > 0 ? gpuName(device, found, await cards()) : undefined };
}
