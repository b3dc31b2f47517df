import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { createSession } from './node.ts';
import { pickDevice } from './pick-device.ts';
import { explainFailure, type Probe, tinyModel } from './probe.ts';
import type { Device } from './session.ts';

const hardware: Probe = { works: true, software: false };
const software: Probe = { works: true, software: true };
const absent: Probe = { works: false, reason: 'no GPU adapter found', advice: 'buy one' };
const missing: Probe = { works: false, reason: 'CUDA is not installed', advice: 'install it' };

const finds =
  (cuda: Probe, webgpu: Probe) =>
  async (device: Device): Promise<Probe> =>
    device === 'cuda' ? cuda : webgpu;

test.each([
  ['cuda', hardware, hardware, 'a GPU was found, and it works'],
  ['webgpu', missing, hardware, 'a GPU was found, and it works'],
  [
    'cpu',
    missing,
    software,
    'no GPU to use (cuda: CUDA is not installed; webgpu: imitated in software, slower than the cpu)',
  ],
  ['cpu', missing, absent, 'no GPU to use (cuda: CUDA is not installed; webgpu: no GPU adapter found)'],
] as const)('auto picks %s', async (device, cuda, webgpu, note) => {
  expect(await pickDevice('auto', finds(cuda, webgpu))).toEqual({ device, note });
});

test('a device asked for by name is used, or the error says why not', async () => {
  expect(await pickDevice('cpu', finds(hardware, hardware))).toEqual({ device: 'cpu' });
  expect(await pickDevice('webgpu', finds(hardware, hardware))).toEqual({ device: 'webgpu' });
  const slow = { device: 'webgpu', note: 'imitated in software, slower than the cpu' };
  expect(await pickDevice('webgpu', finds(missing, software))).toEqual(slow);
  await expect(pickDevice('cuda', finds(missing, hardware))).rejects.toThrow(
    "device 'cuda': CUDA is not installed; install it",
  );
});

test("ONNX Runtime's errors about devices are put into words", () => {
  const noAdapter =
    '/src/webgpu_context.cc:136 void Initialize(const Config&)::<lambda()> status == Success was false. Failed to get a WebGPU adapter: No supported adapters\n\n';
  expect(explainFailure('webgpu', noAdapter)).toEqual({
    reason: 'no GPU adapter found',
    advice: 'a GPU with a driver for Vulkan, Metal or Direct3D 12 is needed',
  });
  const noCuda = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library';
  expect(explainFailure('cuda', noCuda).reason).toBe('CUDA is not installed (Failed to load shared library)');
  expect(explainFailure('webgpu', 'Protobuf parsing failed.')).toEqual({
    reason: 'Protobuf parsing failed.',
  });
});

test('the model that a probe runs doubles its input', async () => {
  const session = await createSession(Buffer.from(tinyModel, 'base64'));
  const { y } = await session.run({ x: tensor('float32', [2], [1, 2]) });
  expect([...y.data]).toEqual([2, 4]);
  await session.release();
});
