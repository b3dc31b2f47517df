/** `--device`: what commands say about devices that are there, that are not, and that are imitated in software. */
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { hrmProcess, newFolder, type Run } from './helpers/cli.ts';
import { gpus } from './helpers/gpu-devices.ts';

const model = join(import.meta.dirname, '..', 'models', 'scenes.onnx');
const work = newFolder();

/** An evaluation that gets as far as its data, of which there is none. */
const evaluate = (device: string): Promise<Run> =>
  hrmProcess(
    work,
    'evaluate',
    '--type',
    'full',
    '--weight-dir',
    model,
    '--data-dir',
    'nowhere',
    '--device',
    device,
  );

const drivers = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES'];
const before = drivers.map((name) => process.env[name]);
afterEach(() => {
  for (const [i, name] of drivers.entries()) {
    if (before[i] === undefined) delete process.env[name];
    else process.env[name] = before[i];
  }
});

/** Takes every Vulkan driver away from the processes started from here. */
function withoutVulkan(): void {
  for (const name of drivers) process.env[name] = '/nowhere.json';
}

const cuda = gpus.find(({ device }) => device === 'cuda')?.works;
const webgpu = gpus.find(({ device }) => device === 'webgpu');

test.runIf(process.platform === 'linux')('a missing device: one line with advice', async () => {
  withoutVulkan();
  const { code, stdout, stderr } = await evaluate('webgpu');
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr:
      "error: device 'webgpu': no GPU adapter found; a GPU with a driver for Vulkan, Metal or Direct3D 12 is needed; see 'hrm devices'\n",
  });
});

test.skipIf(cuda)('missing CUDA: one line with advice to install it', async () => {
  const { code, stdout, stderr } = await evaluate('cuda');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^error: device 'cuda': CUDA is not installed \(.*\); .*\n$/);
});

test.runIf(process.platform === 'linux' && !cuda)(
  'auto uses the cpu if there is no GPU, and says why',
  async () => {
    withoutVulkan();
    const { stderr } = await evaluate('auto');
    expect(stderr).toMatch(
      /^device cpu: no GPU to use \(cuda: CUDA is not installed \(.*\); webgpu: no GPU adapter found\)\n/,
    );
  },
);

test.runIf(webgpu?.software && !cuda)('auto skips a GPU emulated in software', async () => {
  const { stderr } = await evaluate('auto');
  expect(stderr).toMatch(/^device cpu: .*webgpu: emulated in software, slower than the cpu\)\n/);
});
