/** `--device` and `--gpu`, settled before a command begins: the command itself only ever sees a device that works. */
import type { Command } from 'commander';
import { usePciBusOrder } from '../runtime/devices/nvidia-cards.ts';
import { type DeviceChoice, pickDevice } from '../runtime/pick-device.ts';

/**
 * Puts the device picked in place of `--device auto`, and says which and why; with `--gpu`, the card that it names.
 * @throws when one asked for by name is not there
 */
export async function settleDevice(command: Command): Promise<void> {
  const { device: choice, gpu } = command.opts<{ device?: DeviceChoice; gpu?: number }>();
  if (choice === undefined) return;
  const card = gpu !== undefined && countsGpu(command, choice) ? gpu : undefined;
  // From here on the device names the card.
  command.setOptionValueWithSource('gpu', undefined, command.getOptionValueSource('gpu'));
  if (choice === 'cpu') return;
  usePciBusOrder();
  const { device, note } = await pickDevice(
    card === undefined ? choice : card === 0 ? 'cuda' : `cuda:${card}`,
  );
  if (note) console.error(`device ${device}: ${note}`);
  command.setOptionValueWithSource('device', device, command.getOptionValueSource('device'));
}

/** From the weakest. */
const sources: readonly (string | undefined)[] = ['default', 'config', 'env', 'cli'];

/**
 * Whether the card that `--gpu` names is to be used. One that the project file or the environment names gives way to a device
 * named closer by.
 */
function countsGpu(command: Command, choice: DeviceChoice): boolean {
  if (choice === 'cuda' || choice === 'auto') return true;
  const from = (name: string): number => sources.indexOf(command.getOptionValueSource(name));
  const isMeant = from('gpu') === sources.length - 1 || (from('device') > 0 && from('gpu') >= from('device'));
  if (!isMeant) return false;
  const why = choice === 'webgpu' ? '; which GPU WebGPU takes cannot be chosen' : '';
  return command.error(`error: --gpu needs --device cuda or auto, got ${choice}${why}`);
}
