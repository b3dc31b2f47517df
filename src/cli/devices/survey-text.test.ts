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
  expect(text.join('\n')).toBe(`ONNX Runtime 1.30.0
cpu     works, Fast CPU, 8 cores, 123 GFLOP/s
cuda    works, NVIDIA H100, 81559 MiB, driver 580.95.05, 21.5 TFLOP/s
cuda:1  does not work: CUDA failure 999: unknown error
        NVIDIA A2
        missing: libcudnn.so.9 (cuDNN 9)
        to get it:
          pip install x
          hrm devices --cuda-from x
webgpu  works, emulated in software, slower than the cpu
speed: convolutions
--device auto takes cuda: a GPU was found, and it works: NVIDIA H100`);
});
