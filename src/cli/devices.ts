/** `devices`: lists the devices that this machine can compute on, and what others lack. */
import { Command } from 'commander';
import { cudaParts } from '../runtime/devices/cuda.ts';
import { usePciBusOrder } from '../runtime/devices/nvidia-cards.ts';
import { ortPackage } from '../runtime/devices/ort-package.ts';
import { probeDevice } from '../runtime/probe.ts';
import { printable } from '../text/printable.ts';
import { installCuda } from './devices/install-cuda.ts';
import { cudaRemedy, driverNotes, titled } from './devices/remedies.ts';
import { surveyDevices } from './devices/survey.ts';
import { surveyText } from './devices/survey-text.ts';

export function devicesCommand(): Command {
  const command: Command = new Command('devices')
    .usage('[--json | --cuda-from WHEEL|FOLDER]')
    .description(
      'list the devices of this machine: whether each works, its speed, and how to install what is missing',
    )
    .option(
      '--cuda-from <file|dir>',
      "install ONNX Runtime's libraries for CUDA from a wheel of onnxruntime-gpu, or from the folder into which pip installed it and NVIDIA's libraries",
    )
    .option('--json', 'print JSON')
    .action(async ({ cudaFrom, json }: { cudaFrom?: string; json?: boolean }) => {
      usePciBusOrder();
      if (cudaFrom === undefined) {
        const survey = await surveyDevices();
        console.log(json ? JSON.stringify(survey, null, 2) : surveyText(survey).join('\n'));
        return;
      }
      if (json) command.error('error: --json cannot be used with --cuda-from');
      await putInPlace(cudaFrom);
    });
  return command;
}

async function putInPlace(from: string): Promise<void> {
  const { files, links, folder } = await installCuda(from, ortPackage());
  if (files.length > 0) console.log(printable(`${files.join(', ')}: copied to ${folder}`));
  for (const { name, file } of links) console.log(printable(`${name}: linked to ${file}`));
  const parts = cudaParts();
  if (parts.missing.length > 0) {
    console.log(`missing: ${parts.missing.map(titled).join(', ')}`);
    for (const note of driverNotes(parts)) console.log(note);
    const lines = cudaRemedy(parts, ortPackage().version);
    if (lines.length > 0)
      console.log(['these commands install it:', ...lines.map((line) => `  ${line}`)].join('\n'));
    return;
  }
  const found = await probeDevice('cuda');
  console.log(
    found.works
      ? 'cuda works'
      : `cuda does not work yet: ${found.reason}${found.advice ? `; ${found.advice}` : ''}`,
  );
}
