import { expect, test } from 'vitest';
import { cudaIsPossible } from '../../runtime/devices/cuda.ts';
import { cudaRemedy, driverNotes, titled, wheelsOf } from './remedies.ts';

test('names libraries as users know them', () => {
  expect(titled('libcudnn.so.9')).toBe('libcudnn.so.9 (cuDNN 9)');
  expect(titled('libcublasLt.so.13')).toBe('libcublasLt.so.13 (cuBLAS 13)');
  expect(titled('libcuda.so.1')).toBe('libcuda.so.1 (the NVIDIA driver)');
  expect(titled('libother.so.1')).toBe('libother.so.1');
});

test('packages of CUDA 13 have no version in their names, that of cuDNN has one', () => {
  const libraries = ['libcublasLt.so.13', 'libcublas.so.13', 'libcurand.so.10', 'libcudnn.so.9', 'libc.so.6'];
  expect(wheelsOf(libraries, 13)).toEqual([
    'nvidia-cublas~=13.0',
    'nvidia-curand~=10.0',
    'nvidia-cudnn-cu13~=9.0',
  ]);
  expect(wheelsOf(['libcudart.so.12', 'libcudnn.so.9'], 12)).toEqual([
    'nvidia-cuda-runtime-cu12~=12.0',
    'nvidia-cudnn-cu12~=9.0',
  ]);
});

test.runIf(cudaIsPossible)('fetches only what is missing', () => {
  expect(cudaRemedy({ provider: true, missing: [] }, '1.30.0')).toEqual([]);
  expect(cudaRemedy({ provider: true, missing: ['libcuda.so.1'] }, '1.30.0')).toEqual([]);
  expect(driverNotes({ missing: ['libcuda.so.1'] })).toHaveLength(1);
  const [pip, hrm] = cudaRemedy({ provider: false, missing: ['libcudart.so.13', 'libcudnn.so.9'] }, '1.30.0');
  expect(pip).toMatch(
    / onnxruntime-gpu==1\.30\.0 nvidia-cuda-runtime~=13\.0 nvidia-cudnn-cu13~=9\.0 nvidia-cuda-nvrtc~=13\.0$/,
  );
  expect(hrm).toBe('hrm devices --cuda-from cuda-libs');
});
