import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFolder } from '../../../test/helpers/cli.ts';
import { gpuName } from './gpu-name.ts';
import { listCards, nvidiaCards, visibleCards } from './nvidia-cards.ts';

const h100 = { name: 'NVIDIA H100 80GB HBM3', memory: '81559 MiB', driver: '580.95.05', uuid: 'GPU-aa11' };
const a2 = { name: 'NVIDIA A2', memory: '15356 MiB', driver: '580.95.05', uuid: 'GPU-bb22' };

test.runIf(process.platform !== 'win32')("reads cards from the driver's tool", async () => {
  const folder = newFolder();
  const rows = [h100, a2].map((card) => Object.values(card).join(', '));
  writeFileSync(join(folder, 'nvidia-smi'), `#!/bin/sh\necho "${rows.join('"\necho "')}"\n`);
  chmodSync(join(folder, 'nvidia-smi'), 0o755);
  const env = { PATH: `${folder}:${process.env.PATH}` };
  expect(await nvidiaCards({ env, proc: '/nowhere' })).toEqual([h100, a2]);
  expect(await nvidiaCards({ env: { ...env, CUDA_VISIBLE_DEVICES: '1' }, proc: '/nowhere' })).toEqual([a2]);
});

test('reads cards from the driver itself', async () => {
  const proc = newFolder();
  for (const [place, name] of [
    ['0000:01:00.0', 'NVIDIA A2'],
    ['0000:00:05.0', 'NVIDIA L4'],
  ]) {
    mkdirSync(join(proc, 'gpus', place), { recursive: true });
    writeFileSync(
      join(proc, 'gpus', place, 'information'),
      `Model: \t\t ${name}\nIRQ:   \t\t 35\nGPU UUID: \t GPU-1\n`,
    );
  }
  writeFileSync(
    join(proc, 'version'),
    'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (dvs-builder)\nGCC version: gcc version 12.2.0\n',
  );
  expect(await nvidiaCards({ env: { PATH: '/nowhere' }, proc })).toEqual([
    { name: 'NVIDIA L4', driver: '580.95.05', uuid: 'GPU-1' },
    { name: 'NVIDIA A2', driver: '580.95.05', uuid: 'GPU-1' },
  ]);
  expect(await nvidiaCards({ env: { PATH: '/nowhere' }, proc: '/nowhere' })).toEqual([]);
});

test.each([
  [undefined, [h100, a2]],
  ['', []],
  ['-1', []],
  ['1,0', [a2, h100]],
  ['1,7,0', [a2]],
  ['GPU-bb', [a2]],
  ['MIG-GPU-aa11/1/0', [h100, a2]],
])('CUDA_VISIBLE_DEVICES=%s', (visible, cards) => {
  expect(visibleCards([h100, a2], visible)).toEqual(cards);
});

test('formats names of cards', () => {
  expect(listCards([a2])).toBe('1 NVIDIA card, 0: NVIDIA A2');
  expect(gpuName('cuda:1', {}, [h100, a2])).toBe('NVIDIA A2');
  expect(gpuName('cuda', {}, [])).toBeUndefined();
  expect(gpuName('webgpu', { driverFile: '/dev/nvidia0' }, [a2])).toBe('NVIDIA A2');
  expect(gpuName('webgpu', { driverFile: '/dev/nvidia0' }, [h100, a2])).toBe('NVIDIA GPU');
  const drm = newFolder();
  mkdirSync(join(drm, 'renderD128/device'), { recursive: true });
  writeFileSync(join(drm, 'renderD128/device/vendor'), '0x8086\n');
  expect(gpuName('webgpu', { driverFile: '/dev/dri/renderD128' }, [], drm)).toBe('Intel GPU');
  expect(gpuName('webgpu', { driverFile: '/dev/dri/renderD129' }, [], drm)).toBeUndefined();
});
