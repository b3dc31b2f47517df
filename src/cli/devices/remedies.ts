/** The commands that make a device work. */
import { existsSync, readdirSync } from 'node:fs';
import { type CudaParts, cudaIsPossible, driverLibrary } from '../../runtime/devices/cuda.ts';
import { findLibrary } from '../../runtime/devices/find-library.ts';

/** The folder that the commands download to. */
const folder = 'cuda-libs';

/**
 * Common names of NVIDIA's libraries, and the Python packages that contain them; `{cu}` is `-cu12` before
 * CUDA 13.
 */
const known: readonly (readonly [pattern: RegExp, title: string, wheel: string])[] = [
  [/^libcudart\.so\.(\d+)/, 'CUDA', 'nvidia-cuda-runtime'],
  [/^libcublas(?:Lt)?\.so\.(\d+)/, 'cuBLAS', 'nvidia-cublas'],
  [/^libcurand\.so\.(\d+)/, 'cuRAND', 'nvidia-curand'],
  [/^libcufft\.so\.(\d+)/, 'cuFFT', 'nvidia-cufft'],
  [/^libnvrtc\.so\.(\d+)/, 'NVRTC', 'nvidia-cuda-nvrtc'],
  [/^libcudnn\.so\.(\d+)/, 'cuDNN', 'nvidia-cudnn'],
];

/** A library with its common name: `libcudnn.so.9 (cuDNN 9)`. */
export function titled(library: string): string {
  if (library === driverLibrary) return `${library} (the NVIDIA driver)`;
  const found = known.find(([pattern]) => pattern.test(library));
  return found === undefined ? library : `${library} (${found[1]} ${found[0].exec(library)?.[1]})`;
}

/**
 * The Python packages that contain these libraries, as requirements for pip: `nvidia-cublas~=13.0`.
 * @param cuda the major version of CUDA
 */
export function wheelsOf(libraries: readonly string[], cuda: number): string[] {
  const wheels = libraries.flatMap((library) => {
    const found = known.find(([pattern]) => pattern.test(library));
    if (found === undefined) return [];
    const [pattern, , name] = found;
    const suffix = name === 'nvidia-cudnn' || cuda < 13 ? `-cu${cuda}` : '';
    return [`${name}${suffix}~=${pattern.exec(library)?.[1]}.0`];
  });
  return [...new Set(wheels)];
}

/** The major version of CUDA, from the libraries' names. */
function cudaVersion(libraries: readonly string[]): number {
  const numbers = libraries.map((name) => /^lib(?:cudart|cublas|cublasLt)\.so\.(\d+)/.exec(name)?.[1]);
  return Number(numbers.find((number) => number !== undefined) ?? 13);
}

/**
 * The commands that make CUDA work here, given a driver; none where nothing is missing that they could
 * install.
 * @param version the version of ONNX Runtime
 */
export function cudaRemedy({ provider, missing }: CudaParts, version: string): string[] {
  if (!cudaIsPossible) return [];
  const wheels = [
    ...(provider ? [] : [`onnxruntime-gpu==${version}`]),
    ...wheelsOf(missing, cudaVersion(missing)),
  ];
  if (wheels.length === 0) return [];
  // cuDNN needs it to compile kernels at run time; no library reports it as missing.
  if (missing.some((name) => name.startsWith('libcudnn'))) {
    const cuda = cudaVersion(missing);
    wheels.push(...wheelsOf([`libnvrtc.so.${cuda}`], cuda));
  }
  return [
    `pip install --target ${folder} --no-deps --only-binary=:all: --python-version 3.12 ${wheels.join(' ')}`,
    `hrm devices --cuda-from ${folder}`,
  ];
}

/** What is missing that no Python package contains. */
export function driverNotes({ missing }: Pick<CudaParts, 'missing'>): string[] {
  if (!missing.includes(driverLibrary)) return [];
  return [
    `${driverLibrary} comes with the NVIDIA driver (580 or newer for CUDA 13); 'docker run --gpus all' gives it to a container`,
  ];
}

/** Folders of the manifests of Vulkan drivers. */
const descriptions = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

/** What WebGPU lacks here, on Linux only: elsewhere its driver comes with the system. */
export function webgpuRemedy(hasNvidia: boolean): {
  readonly notes: readonly string[];
  readonly commands: readonly string[];
} {
  if (process.platform !== 'linux') return { notes: [], commands: [] };
  if (process.arch !== 'x64') {
    return { notes: ['On Linux, ONNX Runtime for Node has WebGPU for x64 only'], commands: [] };
  }
  const packages: string[] = [];
  if (findLibrary('libvulkan.so.1') === undefined) packages.push('libvulkan1');
  if (!descriptions.some((one) => existsSync(one) && readdirSync(one).length > 0)) {
    packages.push(hasNvidia ? 'nvidia-vulkan-icd' : 'mesa-vulkan-drivers');
  }
  return {
    notes: hasNvidia
      ? [
          "'docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=all' gives NVIDIA's Vulkan driver to a container",
        ]
      : ['it needs a GPU and a Vulkan driver: Mesa has it for AMD and Intel, the NVIDIA driver for NVIDIA'],
    commands: packages.length > 0 ? [`apt-get install ${packages.join(' ')}`] : [],
  };
}
