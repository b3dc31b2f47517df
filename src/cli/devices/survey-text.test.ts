import { expect, test } from 'vitest';
import { surveyText } from './survey-text.ts';

test('prints a line for each device, and below a device that fails, what it needs', () => {
  const text = surveyText({
    onnxruntime: '1.30.0',
    devices: [
      { device: 'cpu', works: true, name: 'Fast CPU, 8 cores', gflops: 123.4 },
      { device: 'cuda', works: true, name: 'NVIDIA H100, 81559 MiB, driver 580.95.05', gflops: 21512.3 },
      {
        device: 'cuda:1',
        works: false,
        name: 'NVIDIA A2',
        reason: 'CUDA failure 999: unknown error',
        notes: ['missing: libcudnn.so.9 (cuDNN 9)'],
        commands: ['pip install x', 'hrm devices --cuda-from x'],
      },
      { device: 'webgpu', works: true, software: true },
    ],
    speed: 'convolutions',
    auto: { device: 'cuda', note: 'a GPU was found, and it works: NVIDIA H100' },
  });
  expect(text.join('\n')).toBe(`--device auto uses cuda: a GPU was found, and it works: NVIDIA H100

cpu     works: Fast CPU, 8 cores, 123 GFLOP/s
cuda    works: NVIDIA H100, 81559 MiB, driver 580.95.05, 21.5 TFLOP/s
cuda:1  does not work: CUDA failure 999: unknown error
        NVIDIA A2
        missing: libcudnn.so.9 (cuDNN 9)
        these commands install it:
          pip install x
          hrm devices --cuda-from x
webgpu  works: emulated in software, slower than the cpu

ONNX Runtime 1.30.0; speed measured with convolutions`);
});

test('says first that a machine without a GPU needs nothing', () => {
  const [first] = surveyText({
    onnxruntime: '1.30.0',
    devices: [
      { device: 'cpu', works: true, name: 'Fast CPU, 8 cores', gflops: 123.4 },
      { device: 'webgpu', works: false, reason: 'no GPU adapter found' },
    ],
    speed: 'convolutions',
    auto: { device: 'cpu', note: 'no GPU to use (webgpu: no GPU adapter found)' },
  });
  expect(first).toBe(
    '--device auto uses cpu: no GPU works here. If this machine has none, there is nothing to install.',
  );
});
