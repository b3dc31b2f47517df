/** The name of the GPU that a device uses, where it can be found out. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cudaCard, type Device } from '../session.ts';
import type { NvidiaCard } from './nvidia-cards.ts';

/** Vendors by their PCI numbers. */
const makers: Readonly<Record<string, string>> = {
  '0x1002': 'AMD GPU',
  '0x10de': 'NVIDIA GPU',
  '0x8086': 'Intel GPU',
  '0x1af4': 'virtual GPU',
};

/**
 * @param driverFile the driver file that the device holds open, as the probe found it
 * @param drm the folder in which Linux lists graphics devices
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
