/** Resolves `--device` and `--gpu` before a command begins: the command only gets a device that works. */
import type { Command } from 'commander';
import { usePciBusOrder } from '../runtime/devices/nvidia-cards.ts';
import { type DeviceChoice, pickDevice } from '../runtime/pick-device.ts';

/**
 * Replaces `--device auto` by the device chosen, and prints which and why; with `--gpu`, adds the card's
 * number.
 * @throws when a device requested by name is not available
 */
export async function settleDevice(command: Command): Promise<void> {
  const { device: choice, gpu } = command.opts<{ device?: DeviceChoice; gpu?: number }>();
  if (choice === undefined) return;
  const card = gpu !== undefined && countsGpu(command, choice) ? gpu : undefined;
  // From here on the device includes the card.
  command.setOptionValueWithSource('gpu', undefined, command.getOptionValueSource('gpu'));
  if (choice === 'cpu') return;
  usePciBusOrder();
  const { device, note } = await pickDevice(
    card === undefined ? choice : card === 0 ? 'cuda' : `cuda:${card}`,
  );
  if (note) console.error(`device ${device}: ${note}`);
  command.setOptionValueWithSource('device', device, command.getOptionValueSource('device'));
}

/** Sources of option values, by increasing priority. */
const sources: readonly (string | undefined)[] = ['default', 'config', 'env', 'cli'];

/**
 * Whether `--gpu` applies. A card from the project file or the environment is ignored when the device comes
 * from a source of higher priority.
 */
function countsGpu(command: Command, choice: DeviceChoice): boolean {
  if (choice === 'cuda' || choice === 'auto') return true;
  const from = (name: string): number => sources.indexOf(command.getOptionValueSource(name));
  const isMeant = from('gpu') === sources.length - 1 || (from('device') > 0 && from('gpu') >= from('device'));
  if (!isMeant) return false;
  const why = choice === 'webgpu' ? '; the GPU of WebGPU cannot be chosen' : '';
  return command.error(`error: --gpu needs --device cuda or auto, got ${choice}${why}`);
}
