import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { cudaIsPossible } from './devices/cuda.ts';
import { createSession } from './node.ts';
import { type DeviceFinders, pickDevice } from './pick-device.ts';
import { explainFailure, type Probe, tinyModel } from './probe.ts';
import { copyModel } from './read-vector.ts';
import type { Device } from './session.ts';

const hardware: Probe = { works: true, software: false };
const software: Probe = { works: true, software: true };
const absent: Probe = { works: false, reason: 'no GPU adapter found', advice: 'buy one' };
const missing: Probe = {
  works: false,
  reason: 'CUDA is not installed',
  advice: 'install it',
  installable: true,
};

const finds = (cuda: Probe, webgpu: Probe, ...names: string[]): DeviceFinders => ({
  probe: async (device: Device): Promise<Probe> => (device === 'webgpu' ? webgpu : cuda),
  cards: async () => names.map((name) => ({ name })),
});

test.each([
  ['cuda', hardware, hardware, 'a GPU was found, and it works'],
  ['webgpu', missing, hardware, 'a GPU was found, and it works'],
  [
    'cpu',
    missing,
    software,
    'no GPU to use (cuda: CUDA is not installed; webgpu: emulated in software, slower than the cpu)',
  ],
  ['cpu', missing, absent, 'no GPU to use (cuda: CUDA is not installed; webgpu: no GPU adapter found)'],
] as const)('auto picks %s', async (device, cuda, webgpu, note) => {
  expect(await pickDevice('auto', finds(cuda, webgpu))).toEqual({ device, note });
});

test('uses a device requested by name, or reports why not', async () => {
  expect(await pickDevice('cpu', finds(hardware, hardware))).toEqual({ device: 'cpu' });
  expect(await pickDevice('webgpu', finds(hardware, hardware))).toEqual({ device: 'webgpu' });
  const slow = { device: 'webgpu', note: 'emulated in software, slower than the cpu' };
  expect(await pickDevice('webgpu', finds(missing, software))).toEqual(slow);
  await expect(pickDevice('cuda', finds(missing, hardware))).rejects.toThrow(
    "device 'cuda': CUDA is not installed; install it",
  );
});

test('auto names the card, and mentions help if only files are missing', async () => {
  expect(await pickDevice('auto', finds(hardware, hardware, 'H100'))).toEqual({
    device: 'cuda',
    note: 'a GPU was found, and it works: H100',
  });
  const { device, note } = await pickDevice('auto', finds(missing, absent, 'H100'));
  expect(device).toBe('cpu');
  expect(note).toMatch(/; 'hrm devices' explains how to use the H100 of this machine$/);
  const broken: Probe = { works: false, reason: 'CUDA failure 999: unknown error' };
  expect((await pickDevice('auto', finds(broken, absent, 'H100'))).note).not.toMatch(/hrm devices/);
});

test('selects a card by its number', async () => {
  expect(await pickDevice('cuda:1', finds(hardware, absent, 'A', 'B'))).toEqual({
    device: 'cuda:1',
    note: 'B',
  });
  await expect(pickDevice('cuda:2', finds(hardware, absent, 'A', 'B'))).rejects.toThrow(
    "device 'cuda:2': there is no card 2; this machine has 2 NVIDIA cards, 0: A, 1: B",
  );
  await expect(pickDevice('cuda:1', finds(missing, absent))).rejects.toThrow(
    "device 'cuda:1': CUDA is not installed; install it",
  );
});

const nothing = { provider: false, missing: [] };

test.runIf(cudaIsPossible)('names what CUDA lacks', () => {
  const noCuda = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library';
  expect(explainFailure('cuda', noCuda, nothing)).toEqual({
    reason: "CUDA is not installed (ONNX Runtime's libraries for it are missing or damaged)",
    advice: "'hrm devices' explains how to install it",
    installable: true,
  });
  const some = { provider: true, missing: ['libcuda.so.1', 'libcublas.so.13'] };
  expect(explainFailure('cuda:1', noCuda, some).reason).toBe(
    'CUDA is not installed (missing: libcublas.so.13)',
  );
  const driver = { provider: true, missing: ['libcuda.so.1'] };
  expect(explainFailure('cuda', noCuda, driver)).toMatchObject({
    reason: 'no NVIDIA driver (libcuda.so.1 is missing)',
  });
  expect(explainFailure('cuda', noCuda, driver).installable).toBeUndefined();
  expect(explainFailure('cuda', noCuda, { provider: true, missing: [] }).reason).toBe(
    'Failed to load shared library',
  );
});

test("explains CUDA's own errors", () => {
  const failed = (code: number, text: string): string =>
    `/src/cuda_call.cc:154 std::conditional_t<THRW, void> onnxruntime::CudaCall(ERRTYPE) CUDA failure ${code}: ${text} ; GPU=-1 ; hostname=vm ; file=/src/x.cc \n`;
  expect(explainFailure('cuda', failed(35, 'CUDA driver version is insufficient')).reason).toBe(
    'the NVIDIA driver is missing or too old (CUDA driver version is insufficient)',
  );
  expect(explainFailure('cuda', failed(100, 'no device')).reason).toBe('no NVIDIA card found');
  expect(explainFailure('cuda:3', failed(101, 'invalid device ordinal')).reason).toBe('there is no card 3');
  expect(explainFailure('cuda', failed(999, 'unknown error'))).toEqual({
    reason: 'CUDA failure 999: unknown error',
  });
});

test("explains ONNX Runtime's errors about WebGPU", () => {
  const noAdapter =
    '/src/webgpu_context.cc:136 void Initialize(const Config&)::<lambda()> status == Success was false. Failed to get a WebGPU adapter: No supported adapters\n\n';
  expect(explainFailure('webgpu', noAdapter)).toEqual({
    reason: 'no GPU adapter found',
    advice: "a GPU with a driver for Vulkan, Metal or Direct3D 12 is needed; see 'hrm devices'",
  });
  expect(explainFailure('webgpu', 'Protobuf parsing failed.')).toEqual({
    reason: 'Protobuf parsing failed.',
  });
});

test('the model for reading vectors returns its input', async () => {
  const session = await createSession(Buffer.from(copyModel, 'base64'));
  const { y } = await session.run({ x: tensor('float32', [3], [1, 2, 3]) });
  expect([...y.data]).toEqual([1, 2, 3]);
  await session.release();
});

test('the model for probing doubles its input', async () => {
  const session = await createSession(Buffer.from(tinyModel, 'base64'));
  const { y } = await session.run({ x: tensor('float32', [2], [1, 2]) });
  expect([...y.data]).toEqual([2, 4]);
  await session.release();
});
