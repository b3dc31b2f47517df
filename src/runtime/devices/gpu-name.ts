/** What the GPU is called that a device computes on, where that can be learned. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cudaCard, type Device } from '../session.ts';
import type { NvidiaCard } from './nvidia-cards.ts';

/** Makers, by the numbers they have on the PCI bus. */
const makers: Readonly<Record<string, string>> = {
  '0x1002': 'AMD GPU',
  '0x10de': 'NVIDIA GPU',
  '0x8086': 'Intel GPU',
  '0x1af4': 'virtual GPU',
};

/**
 * @param driverFile of the driver that computes, as the probe found it
 * @param drm where Linux shows its graphics devices
 */
export function gpuName(
  device: Device,
  { driverFile = '' }: { readonly driverFile?: string },
  cards: readonly NvidiaCard[],
  drm = '/sys/class/drm',
): string | undefined {
  const card = cudaCard(device);
  if (card !== undefined) return cards[card]?.name;
  if (driverFile.startsWith('/dev/nvidia')) return cards.length === 1 ? cards[0].name : 'NVIDIA GPU';
  const vendor = join(drm, basename(driverFile), 'device', 'vendor');
  if (!driverFile.startsWith('/dev/dri/') || !existsSync(vendor)) return undefined;
  return makers[readFileSync(vendor, 'utf8').trim()];
}
