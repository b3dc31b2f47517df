import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSession, threadsHere, webgpuMissing } from './web.ts';

test('ONNX Runtime has the same version in Node and in browsers', () => {
  const versions = ['onnxruntime-node', 'onnxruntime-web'].map((name) => {
    const file = join(import.meta.dirname, '..', '..', 'node_modules', name, 'package.json');
    return JSON.parse(readFileSync(file, 'utf8')).version;
  });
  expect(versions[1]).toBe(versions[0]);
});

test('uses one thread and no WebGPU unless the page is isolated', async () => {
  expect(threadsHere()).toBe(1);
  expect(await webgpuMissing()).toContain('this browser');
});

test('browsers have no CUDA', async () => {
  await expect(createSession(new Uint8Array(), { device: 'cuda' })).rejects.toThrow(
    "device: browsers have 'cpu' and 'webgpu', not 'cuda'",
  );
});
