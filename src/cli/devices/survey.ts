/** The devices of this machine: what they are, how fast they are, and what those need that do not work. */
import { availableParallelism, cpus } from 'node:os';
import { cudaIsPossible, cudaParts } from '../../runtime/devices/cuda.ts';
import { gpuName } from '../../runtime/devices/gpu-name.ts';
import { type NvidiaCard, nvidiaCards } from '../../runtime/devices/nvidia-cards.ts';
import { ortPackage } from '../../runtime/devices/ort-package.ts';
import { type PickedDevice, pickDevice } from '../../runtime/pick-device.ts';
import { type Probe, probeDevice } from '../../runtime/probe.ts';
import { cudaCard, type Device } from '../../runtime/session.ts';
import { count } from '../../text/count.ts';
import { cudaRemedy, driverNotes, titled, webgpuRemedy } from './remedies.ts';
import { speedModel, speedOf } from './speed-model.ts';

export interface DeviceFacts {
  readonly device: Device;
  readonly works: boolean;
  /** The model of the processor, or the name of the card. */
  readonly name?: string;
  /** Whether a GPU is emulated on the processor. */
  readonly software?: boolean;
  /** Speed in 10^9 floating-point operations a second. */
  readonly gflops?: number;
  /** Why it does not work. */
  readonly reason?: string;
  /** What was found, and what is missing. */
  readonly notes?: readonly string[];
  /** The commands that make it work. */
  readonly commands?: readonly string[];
}

export interface Survey {
  readonly onnxruntime: string;
  readonly devices: readonly DeviceFacts[];
  /** What `gflops` measures. */
  readonly speed: string;
  /** The device that `--device auto` chooses. */
  readonly auto: PickedDevice;
}

/** Tests and measures the devices one after the other, so that none slows another down. */
export async function surveyDevices(): Promise<Survey> {
  const cards = await nvidiaCards();
  const speed = speedModel();
  const probes = new Map<Device, Probe>();
  const tryOut = async (device: Device): Promise<Probe> => {
    const found = await probeDevice(device, speed);
    probes.set(device, found);
    return found;
  };
  const devices: DeviceFacts[] = [cpuFacts(await tryOut('cpu'))];
  for (const device of cudaDevices(cards)) {
    const found = await tryOut(device);
    devices.push(cudaFacts(device, found, cards));
    if (!found.works && device === 'cuda' && found.installable) break; // so for every card
  }
  devices.push(webgpuFacts(await tryOut('webgpu'), cards));
  const auto = await pickDevice('auto', {
    probe: async (device) => probes.get(device) ?? probeDevice(device),
    cards: async () => cards,
  });
  return { onnxruntime: ortPackage().version, devices, speed: speedOf, auto };
}

function unseen(): string {
  const hidden = process.env.CUDA_VISIBLE_DEVICES;
  if (hidden !== undefined) return `no NVIDIA card is seen; CUDA_VISIBLE_DEVICES is '${hidden}'`;
  return 'no NVIDIA card is seen: neither nvidia-smi nor /proc/driver/nvidia lists one';
}

function cudaDevices(cards: readonly NvidiaCard[]): Device[] {
  return ['cuda', ...cards.slice(1).map((_, i): Device => `cuda:${i + 1}`)];
}

function cpuFacts(found: Probe): DeviceFacts {
  const model = cpus()[0]?.model.trim() ?? process.arch;
  const name = `${model}, ${count(availableParallelism(), 'core')}`;
  return { device: 'cpu', name, ...outcome(found) };
}

function cudaFacts(device: Device, found: Probe, cards: readonly NvidiaCard[]): DeviceFacts {
  const name = gpuName(device, {}, cards);
  const { memory, driver } = cards[cudaCard(device) ?? 0] ?? {};
  const details = [name, memory, driver && `driver ${driver}`].filter((part) => part !== undefined);
  const facts: DeviceFacts = {
    device,
    ...(details.length > 0 && { name: details.join(', ') }),
    ...outcome(found),
  };
  if (found.works || !cudaIsPossible) return facts;
  const parts = cudaParts();
  const missing = [
    ...(parts.provider ? [] : ["ONNX Runtime's own libraries for CUDA"]),
    ...parts.missing.map(titled),
  ];
  return {
    ...facts,
    notes: [
      ...(cards.length > 0 ? [] : [unseen()]),
      ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
      ...driverNotes(parts),
    ],
    commands: cudaRemedy(parts, ortPackage().version),
  };
}

function webgpuFacts(found: Probe, cards: readonly NvidiaCard[]): DeviceFacts {
  const name = found.works ? gpuName('webgpu', found, cards) : undefined;
  const facts: DeviceFacts = { device: 'webgpu', ...(name && { name }), ...outcome(found) };
  if (found.works) return { ...facts, software: found.software };
  return { ...facts, ...webgpuRemedy(cards.length > 0) };
}

function outcome(found: Probe): Pick<DeviceFacts, 'works' | 'gflops' | 'reason'> {
  if (!found.works) return { works: false, reason: found.reason };
  return { works: true, ...(found.gflops !== undefined && { gflops: Math.round(found.gflops * 10) / 10 }) };
}
