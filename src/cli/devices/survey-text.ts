import { printable } from '../../text/printable.ts';
import type { DeviceFacts, Survey } from './survey.ts';

/**
 * The lines of a survey of devices: the device that commands use; one line for each device, and below it what
 * a device that does not work needs.
 */
export function surveyText({ devices, speed, auto, onnxruntime }: Survey): string[] {
  const width = Math.max(...devices.map(({ device }) => device.length)) + 2;
  const noGpu = devices.every(({ device, works }) => works === (device === 'cpu'));
  return [
    noGpu
      ? '--device auto uses cpu: no GPU works here. If this machine has none, there is nothing to install.'
      : `--device auto uses ${auto.device}: ${auto.note}`,
    '',
    ...devices.flatMap((facts) => {
      const [first, ...more] = deviceLines(facts);
      return [`${facts.device.padEnd(width)}${first}`, ...more.map((line) => `${' '.repeat(width)}${line}`)];
    }),
    '',
    `ONNX Runtime ${onnxruntime}; speed measured with ${speed}`,
  ].map(printable);
}

function deviceLines({
  works,
  name,
  software,
  gflops,
  reason,
  notes = [],
  commands = [],
}: DeviceFacts): string[] {
  if (!works) {
    const how =
      commands.length > 0 ? ['these commands install it:', ...commands.map((line) => `  ${line}`)] : [];
    return [`does not work: ${reason}`, ...(name === undefined ? [] : [name]), ...notes, ...how];
  }
  const what = [
    name,
    software ? 'emulated in software, slower than the cpu' : undefined,
    gflops && speedText(gflops),
  ];
  return [['works', what.filter((part) => part).join(', ')].join(': ')];
}

/** A speed with three digits: `85 GFLOP/s`, `21.5 TFLOP/s`. */
function speedText(gflops: number): string {
  const [value, unit] = gflops < 1000 ? [gflops, 'GFLOP/s'] : [gflops / 1000, 'TFLOP/s'];
  return `${Number(value.toPrecision(3))} ${unit}`;
}
