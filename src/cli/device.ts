/** `--device`, settled before a command begins: the command itself only ever sees a device that works. */
import type { Command } from 'commander';
import { type DeviceChoice, pickDevice } from '../runtime/pick-device.ts';

/** Puts the device picked in place of `--device auto`, and says which and why. @throws when one asked for by name is not there */
export async function settleDevice(command: Command): Promise<void> {
  const { device: choice } = command.opts<{ device?: DeviceChoice }>();
  if (choice === undefined || choice === 'cpu') return;
  const { device, note } = await pickDevice(choice);
  if (note) console.error(`device ${device}: ${note}`);
  command.setOptionValueWithSource('device', device, command.getOptionValueSource('device'));
}
